import { autocomplete, log, text, type Option } from "@clack/prompts";
import type { ChatClient } from "@chat/client";
import { toAddress } from "../address.ts";
import { describeError, isClientError } from "../exit-code.ts";
import { conversationName } from "../message-format.ts";
import { visibleLine } from "../visible-text.ts";
import { ask, CANCELLED, type PromptContext } from "./prompt.ts";

const ROOMS_SHOWN = 100;
const MAX_ITEMS = 12;
const NEW_ROOM = "+";

/** Lists public rooms to join, and makes new ones. The name of a joined room; undefined: back. */
export async function pickRoom(context: PromptContext, client: ChatClient): Promise<string | undefined> {
  for (;;) {
    const rooms = await told(context, () => client.rooms.list({ limit: ROOMS_SHOWN, signal: context.signal }));
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
        message: rooms.hasMore ? `Which room? (the first ${ROOMS_SHOWN}; others by /join #NAME)` : "Which room?",
        options,
        maxItems: MAX_ITEMS,
        filter: (search, { value, label = "" }) =>
          value === NEW_ROOM || label.toLowerCase().includes(search.toLowerCase()),
      }),
    );
    if (choice === CANCELLED) return undefined;
    const joined =
      choice === NEW_ROOM ? await makeRoom(context, client) : await joinRoom(context, client, choice.slice(1));
    if (joined !== undefined) return joined;
  }
}

/** Joins; undefined where that is refused, which has then been told. */
export async function joinRoom(context: PromptContext, client: ChatClient, name: string): Promise<string | undefined> {
  return (await told(context, () => client.rooms.join(name))) === undefined ? undefined : name;
}

/** Asks for a name, or takes the given one, and makes the room. Undefined: cancelled or refused. */
export async function makeRoom(
  context: PromptContext,
  client: ChatClient,
  given?: string,
): Promise<string | undefined> {
  const name = given ?? (await askName(context));
  if (name === undefined) return undefined;
  const topic = await ask(context, (streams) =>
    text({ ...streams, message: "What is it about? (optional)", defaultValue: "" }),
  );
  if (topic === CANCELLED) return undefined;
  const input = { name, ...(topic.trim() === "" ? {} : { topic: topic.trim() }) };
  return (await told(context, () => client.rooms.create(input))) === undefined ? undefined : name;
}

async function askName(context: PromptContext): Promise<string | undefined> {
  const validate = (typed: string | undefined) =>
    nameOf(typed ?? "") === undefined ? "2 to 32 of a-z, 0-9, _ and -, beginning with a letter or digit." : undefined;
  const typed = await ask(context, (streams) =>
    text({ ...streams, message: "Name of the new room", placeholder: "#garden", validate }),
  );
  return typed === CANCELLED ? undefined : nameOf(typed);
}

function nameOf(typed: string): string | undefined {
  return toAddress(`#${typed.trim().replace(/^#/u, "")}`)?.slice(1);
}

/** Undefined where the server refuses or can't be reached: the person reads why. */
async function told<Result>({ output }: PromptContext, run: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await run();
  } catch (error) {
    if (!isClientError(error)) throw error;
    log.error(describeError(error), { output });
    return undefined;
  }
}
