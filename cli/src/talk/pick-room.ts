import { autocomplete, log, text, type Option } from "@clack/prompts";
import type { ChatClient, ChatConversation, OutboxAction } from "@chat/client";
import { NAME_RULE, parseRoomName } from "@chat/client/address";
import { isClientError } from "@chat/client/describe-error";
import { CommandError, describeError } from "../exit-code.ts";
import { conversationName } from "../message-format.ts";
import { perform } from "../perform.ts";
import { visibleLine } from "../visible-text.ts";
import { ask, CANCELLED, type PromptContext } from "./prompt.ts";

const ROOMS_SHOWN = 100;
const MAX_ITEMS = 12;
const NEW_ROOM = "+";

/** Lists public rooms to join, and makes new ones. The address of a joined room; undefined: back. */
export async function pickRoom(context: PromptContext, client: ChatClient): Promise<string | undefined> {
  for (;;) {
    const rooms = await told(context, () => client.rooms.list({ pageSize: ROOMS_SHOWN, signal: context.signal }));
    if (rooms === undefined) return undefined;
    const options: Option<string>[] = rooms.rooms.map((room) => ({
      value: room.address,
      label: conversationName(room),
      hint: [`${room.memberCount} in it${room.joined ? ", you too" : ""}`, visibleLine(room.topic)]
        .filter((part) => part !== "")
        .join(", "),
    }));
    options.push({ value: NEW_ROOM, label: "Make a new room…" });
    const choice = await ask(context, (streams) =>
      autocomplete({
        ...streams,
        message:
          rooms.nextPageToken !== "" ? `Which room? (the first ${ROOMS_SHOWN}; others by /join #NAME)` : "Which room?",
        options,
        maxItems: MAX_ITEMS,
        filter: (search, { value, label = "" }) =>
          value === NEW_ROOM || label.toLowerCase().includes(search.toLowerCase()),
      }),
    );
    if (choice === CANCELLED) return undefined;
    const joined = choice === NEW_ROOM ? await makeRoom(context, client) : await joinRoom(context, client, choice);
    if (joined !== undefined) return joined.address;
  }
}

/** Joins; undefined where that is refused, which has then been told. */
export async function joinRoom(
  context: PromptContext,
  client: ChatClient,
  address: string,
): Promise<ChatConversation | undefined> {
  return settle(context, client, { kind: "join", room: address });
}

/** Asks for a name, or takes the given one, and makes the room. Undefined: cancelled or refused. */
export async function makeRoom(
  context: PromptContext,
  client: ChatClient,
  given?: string,
): Promise<ChatConversation | undefined> {
  const name = given ?? (await askName(context));
  if (name === undefined) return undefined;
  const topic = await ask(context, (streams) =>
    text({ ...streams, message: "What is it about? (optional)", defaultValue: "" }),
  );
  if (topic === CANCELLED) return undefined;
  return settle(context, client, { kind: "create-room", name, title: "", topic: topic.trim() });
}

/** The room that an action gives; undefined where it is refused, which has then been told. */
async function settle(
  context: PromptContext,
  client: ChatClient,
  action: OutboxAction,
): Promise<ChatConversation | undefined> {
  const values = { timeout: undefined, "client-id": undefined };
  const result = await told(context, () => perform({ values, signal: context.signal }, client, action));
  return result?.conversation;
}

async function askName(context: PromptContext): Promise<string | undefined> {
  const validate = (typed: string | undefined) =>
    parseRoomName(typed ?? "") === undefined ? `${NAME_RULE}.` : undefined;
  const typed = await ask(context, (streams) =>
    text({ ...streams, message: "Name of the new room", placeholder: "#garden", validate }),
  );
  return typed === CANCELLED ? undefined : parseRoomName(typed);
}

/** Undefined where the server refuses or can't be reached: the person reads why. */
async function told<Result>({ output }: PromptContext, run: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await run();
  } catch (error) {
    if (!isClientError(error) && !(error instanceof CommandError)) throw error;
    log.error(describeError(error), { output });
    return undefined;
  }
}
