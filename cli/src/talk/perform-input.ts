import type { ChatClient, OutboxItem } from "@chat/client";
import { describeError, exitCodeOf, EXIT, usageError } from "../exit-code.ts";
import { conversationName } from "../message-format.ts";
import type { TalkInput } from "./slash-commands.ts";
import { talkHelp } from "./slash-commands.ts";
import type { Unseen } from "./unseen.ts";

/** What the server takes, in code points. */
const TEXT_LIMIT = 10_000;
const ROOMS_SHOWN = 20;

/** How the person left a conversation. */
export type TalkEnd =
  { readonly next: "pick" | "quit" | "signed-out" } | { readonly next: "go"; readonly address: string };

/** The conversation on the screen, as far as acting needs it. */
export interface TalkPorts {
  readonly client: ChatClient;
  readonly address: string;
  readonly unseen: Unseen;
  notice(text: string): void;
  problem(text: string): void;
  end(end: TalkEnd): void;
}

/** Does what a line asks for. Rejects with what to tell the person, who then gets the line back. */
export async function performInput(input: TalkInput, ports: TalkPorts): Promise<void> {
  const { client, address, unseen, notice, end } = ports;
  switch (input.kind) {
    case "nothing":
      return;
    case "say":
      await client.outbox.send(address, checkedText(input.text));
      return;
    case "tell": {
      const { clientId } = await client.outbox.send(input.to, checkedText(input.text));
      client.outbox.delivered(clientId).then(
        () => notice(`Sent to ${input.to}.`),
        // A refusal is told when the outbox says so.
        () => {},
      );
      return;
    }
    case "go":
      if (input.text !== undefined) checkedText(input.text);
      await checkPerson(input.to, client);
      if (input.text !== undefined) await client.outbox.send(input.to, input.text);
      return end({ next: "go", address: input.to });
    case "join":
      await client.rooms.join(input.room);
      return end({ next: "go", address: `#${input.room}` });
    case "leave":
      await client.rooms.leave(input.room);
      if (`#${input.room}` === address) return end({ next: "pick" });
      return notice(`Left #${input.room}.`);
    case "rooms": {
      const { rooms, hasMore } = await client.rooms.list({ query: input.query, limit: ROOMS_SHOWN });
      rooms.forEach((room) => notice(`${conversationName(room)}${room.joined ? " (joined)" : ""}`));
      if (rooms.length === 0) notice("No rooms. Make one in the list that Esc leads to.");
      if (hasMore) notice("… and more: /rooms WORD finds them.");
      return;
    }
    case "retry":
      return failed(client, address, ports).forEach(({ clientId }) => client.outbox.retry(clientId));
    case "drop":
      await Promise.all(failed(client, address, ports).map(({ clientId }) => client.outbox.remove(clientId)));
      return;
    case "next": {
      const next = unseen.next(address);
      return next === undefined ? notice("Nothing new elsewhere.") : end({ next: "go", address: next });
    }
    case "back":
      return end({ next: "pick" });
    case "quit":
      return end({ next: "quit" });
    case "help":
      return talkHelp().forEach(notice);
  }
}

/** What goes wrong in a line, in words. */
export function inputProblem(error: unknown): string {
  return exitCodeOf(error) === EXIT.network
    ? `${describeError(error)} Try again when you are online.`
    : describeError(error);
}

function checkedText(text: string): string {
  const length = [...text].length;
  if (length > TEXT_LIMIT) {
    throw usageError(`A message has at most ${TEXT_LIMIT} characters, this one has ${length}. It is not sent.`);
  }
  return text;
}

/** A handle that nobody has is told at once; without a network it shows when the message is refused. */
async function checkPerson(address: string, client: ChatClient): Promise<void> {
  if (!address.startsWith("@")) return;
  try {
    if ((await client.users.get(address.slice(1))) !== undefined) return;
  } catch (error) {
    if (exitCodeOf(error) === EXIT.network) return;
    throw error;
  }
  throw usageError(`There is nobody called ${address}.`);
}

/** Failed messages of this conversation, or else of any. */
function failed(client: ChatClient, address: string, { notice }: Pick<TalkPorts, "notice">): OutboxItem[] {
  const all = client.outbox.$items.get().filter(({ state }) => state === "failed");
  const here = all.filter(({ to }) => to === address);
  if (all.length === 0) notice("Nothing has failed.");
  return here.length > 0 ? here : all;
}
