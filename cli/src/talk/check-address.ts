import { confirm, log } from "@clack/prompts";
import type { ChatClient, ChatConversation } from "@chat/client";
import type { CommandContext } from "../command.ts";
import { CommandError, EXIT, exitCodeOf } from "../exit-code.ts";
import { TIMED_OUT, within } from "../wait-for.ts";
import { joinRoom, makeRoom } from "./pick-room.ts";
import { ask, type PromptContext } from "./prompt.ts";

/** How long the server may take to answer before the conversation opens unchecked. */
const CHECK_TIMEOUT_MS = 3_000;

/** A conversation that can be opened. Its id is missing where the server could not be asked. */
interface Checked {
  readonly id: string | undefined;
}

/**
 * Whether there is a conversation at this address; asks to join or make a room. Undefined: no. Offline it can be opened
 * too, for messages can wait.
 */
export async function checkAddress(
  context: PromptContext & Pick<CommandContext, "dumbTerminal">,
  client: ChatClient,
  address: string,
): Promise<Checked | undefined> {
  const known = client.conversations.$state
    .get()
    .conversations.find((conversation) => conversation.address === address && conversation.joined);
  if (known !== undefined) return known;
  let found: ChatConversation | undefined | typeof TIMED_OUT;
  try {
    found = await within(client.conversations.find(address), CHECK_TIMEOUT_MS, context.signal);
  } catch (error) {
    if (exitCodeOf(error) === EXIT.network) return { id: undefined };
    throw error;
  }
  if (found === TIMED_OUT) return { id: undefined };
  if (found?.joined === true || found?.kind === "direct") return found;
  return enter(context, client, address, found);
}

/** For a room that the person is not in, or that does not exist. */
async function enter(
  context: PromptContext & Pick<CommandContext, "dumbTerminal">,
  client: ChatClient,
  address: string,
  room: ChatConversation | undefined,
): Promise<Checked | undefined> {
  const isRoom = address.startsWith("#");
  const missing = isRoom
    ? `There is no public room ${address}.`
    : address.startsWith("@")
      ? `There is nobody called ${address}.`
      : `There is no conversation ${address}.`;
  if (context.dumbTerminal) {
    throw new CommandError(EXIT.notFound, room === undefined ? missing : `You are not in it: chat join '${address}'`);
  }
  if (room === undefined && !isRoom) {
    log.error(missing, { output: context.output });
    return undefined;
  }
  const message = room === undefined ? `${missing} Make it?` : `You are not in ${room.address}. Join it?`;
  const yes = await ask(context, (streams) => confirm({ ...streams, message }));
  if (yes !== true) return undefined;
  return room === undefined ? makeRoom(context, client, address.slice(1)) : joinRoom(context, client, room.address);
}
