import { confirm, log } from "@clack/prompts";
import type { ChatClient, ChatConversation } from "@chat/client";
import { EXIT, exitCodeOf } from "../exit-code.ts";
import { TIMED_OUT, within } from "../wait-for.ts";
import { joinRoom, makeRoom } from "./pick-room.ts";
import { ask, type PromptContext } from "./prompt.ts";

/** How long the server may take to answer before the conversation opens unchecked. */
const CHECK_TIMEOUT_MS = 3_000;
const ROOMS_ASKED = 100;

/** Whether there is somebody to talk to at this address; asks to join or make a room. Offline: yes, for messages can wait. */
export async function checkAddress(context: PromptContext, client: ChatClient, address: string): Promise<boolean> {
  const known = client.conversations.$state
    .get()
    .conversations.some((conversation) => conversation.address === address && conversation.joined);
  if (known) return true;
  try {
    const name = address.slice(1);
    if (address.startsWith("@")) return await checkPerson(context, client, name);
    return await checkRoom(context, client, name);
  } catch (error) {
    if (exitCodeOf(error) === EXIT.network) return true;
    throw error;
  }
}

async function checkPerson({ output, signal }: PromptContext, client: ChatClient, handle: string): Promise<boolean> {
  if ((await within(client.users.get(handle), CHECK_TIMEOUT_MS, signal)) !== undefined) return true;
  log.error(`There is nobody called @${handle}.`, { output });
  return false;
}

async function checkRoom(context: PromptContext, client: ChatClient, name: string): Promise<boolean> {
  const room = await within(findRoom(client, name), CHECK_TIMEOUT_MS, context.signal);
  if (room === TIMED_OUT || room?.joined === true) return true;
  const message =
    room === undefined ? `There is no public room #${name}. Make it?` : `You are not in #${name}. Join it?`;
  const yes = await ask(context, (streams) => confirm({ ...streams, message }));
  if (yes !== true) return false;
  return (
    (room === undefined ? await makeRoom(context, client, name) : await joinRoom(context, client, name)) !== undefined
  );
}

async function findRoom(client: ChatClient, name: string): Promise<ChatConversation | undefined> {
  const { rooms } = await client.rooms.list({ query: name, limit: ROOMS_ASKED });
  return rooms.find(({ address }) => address === `#${name}`);
}
