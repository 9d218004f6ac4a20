import { autocomplete, log, type Option } from "@clack/prompts";
import type { ChatClient, ChatConversation, ChatUser } from "@chat/client";
import stringWidth from "string-width";
import { conversationName, excerpt } from "../message-format.ts";
import { settled, TIMED_OUT, within } from "../wait-for.ts";
import { pickPerson } from "./pick-person.ts";
import { pickRoom } from "./pick-room.ts";
import { ask, CANCELLED, type PromptContext } from "./prompt.ts";

/** How long the list may take before the choice is offered without it. */
const LIST_TIMEOUT_MS = 5_000;
const MAX_ITEMS = 12;
const NAME_COLUMNS = 28;

/** Chosen in the list, which needs no second question. */
export const LEAVE = Symbol("leave");

const ACTIONS = { person: "Somebody else…", room: "A room…", more: "Older conversations…", quit: "Quit" } as const;

/** Asks whom to talk to, beginning with the conversations there are. Undefined: the person gave that up. */
export async function pickConversation(
  context: PromptContext,
  options: { client: ChatClient; self: ChatUser },
): Promise<string | typeof LEAVE | undefined> {
  const { client, self } = options;
  await loadedList(context, client);
  for (;;) {
    const { conversations, hasMore } = client.conversations.$state.get();
    const width = (context.output.columns ?? 80) - 8;
    const choices: Option<string>[] = [
      ...conversations.map((conversation) => ({
        value: conversation.address,
        label: label(conversation, client, self, width),
      })),
      ...(hasMore ? [{ value: "more", label: ACTIONS.more }] : []),
      { value: "person", label: ACTIONS.person },
      { value: "room", label: ACTIONS.room },
      { value: "quit", label: ACTIONS.quit },
    ];
    const choice = await ask(context, (streams) =>
      autocomplete({
        ...streams,
        message: `@${self.handle}, whom do you want to talk to?`,
        options: choices,
        maxItems: MAX_ITEMS,
        filter: (search, { value, label = "" }) =>
          !isAddress(value) || label.toLowerCase().includes(search.toLowerCase()),
      }),
    );
    if (choice === "quit") return LEAVE;
    if (choice === CANCELLED) return undefined;
    if (choice === "more") await client.conversations.loadMore();
    else if (choice === "person") {
      const handle = await pickPerson(context, client);
      if (handle !== undefined) return `@${handle}`;
    } else if (choice === "room") {
      const name = await pickRoom(context, client);
      if (name !== undefined) return name;
    } else return choice;
  }
}

/** Waits for the list a while; without it the other ways remain. */
async function loadedList({ output, signal }: PromptContext, client: ChatClient): Promise<void> {
  const { $state } = client.conversations;
  const loaded = settled($state, (state) => state.loaded || state.error !== undefined, signal);
  const outcome = await within(loaded, LIST_TIMEOUT_MS, signal);
  const error = outcome === TIMED_OUT ? "The server does not answer." : outcome.error;
  if (error !== undefined) log.warn(`Your conversations could not be loaded: ${error}`, { output });
}

function label(conversation: ChatConversation, client: ChatClient, self: ChatUser, width: number): string {
  const unseen = conversation.unseen === 0 ? "" : ` (${conversation.unseen} new)`;
  const name = `${fit(conversationName(conversation), NAME_COLUMNS - unseen.length)}${unseen}`;
  const last = excerpt(conversation, { users: client.users, self: self.id, width });
  return fit(
    last === "" ? name : `${name}${" ".repeat(Math.max(0, NAME_COLUMNS - stringWidth(name)))}  ${last}`,
    width,
  );
}

/** Cut to so many cells. */
function fit(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let cut = "";
  for (const character of text) {
    if (stringWidth(cut + character) >= columns) break;
    cut += character;
  }
  return `${cut}…`;
}

function isAddress(value: string): boolean {
  return value.startsWith("@") || value.startsWith("#");
}
