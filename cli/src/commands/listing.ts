import type { ChatClient, ChatUser } from "@chat/client";
import { defineCommand, type Command, type OptionTable } from "../command.ts";
import type { Style } from "../printer.ts";
import { parseCount } from "../time-input.ts";

/** How many a conversation on the screen shows at once. */
const SHOWN_IN_TALK = 20;
const MOST = 100_000;

/** What a listing is made with. */
export interface ListingContext {
  readonly client: ChatClient;
  readonly self: ChatUser;
  readonly style: Style;
  readonly signal?: AbortSignal;
  /** At most so many. */
  readonly limit: number;
}

/** One thing, for people and for programs. */
export interface Listed {
  readonly line: string;
  readonly json: object;
}

/** A list, and whether there is more of it. */
export interface Listing {
  readonly items: readonly Listed[];
  readonly hasMore: boolean;
}

/** A command that lists things, in both places: on the output, or as remarks in the conversation on the screen. */
export function defineListing(given: {
  name: string;
  summary: string;
  argument: { name: string; summary: string; required: boolean };
  defaultLimit: number;
  examples?: readonly string[];
  /** Said where there is nothing. */
  none: string;
  /** `word` is what was given, "" for nothing. @throws what the SDK throws */
  list(word: string, context: ListingContext): Promise<Listing>;
  talk: {
    usage: string;
    summary?: string;
    /** The word for the list, from what was typed and the address on the screen. */
    word(rest: string, here: string): string;
  };
}): Command {
  const { name, summary, argument, defaultLimit, none, list, talk, examples } = given;
  const limitOption = { type: "string", short: "n", placeholder: "N", summary: `At most N (default ${defaultLimit})` };
  return defineCommand({
    name,
    summary,
    arguments: [argument],
    options: { limit: limitOption } as OptionTable,
    ...(examples === undefined ? {} : { examples }),
    async run({ values, positionals, print, signal, openSignedIn }) {
      const given = values["limit"];
      const limit = typeof given === "string" ? parseCount(given, "--limit", { min: 1, max: MOST }) : defaultLimit;
      const { client, user } = await openSignedIn();
      const context = { client, self: user, style: print.style, signal, limit };
      const { items, hasMore } = await list(positionals[0] ?? "", context);
      for (const { line, json } of items) {
        if (print.asJson) print.json(json);
        else print.line(line);
      }
      if (items.length === 0 && !print.asJson) print.note(none);
      if (hasMore) print.note(`There are more: --limit ${Math.min(limit * 10, MOST)} shows them.`);
    },
    talk: {
      usage: talk.usage,
      ...(talk.summary === undefined ? {} : { summary: talk.summary }),
      async run({ client, self, style, here, notice }, rest) {
        const { items, hasMore } = await list(talk.word(rest, here), { client, self, style, limit: SHOWN_IN_TALK });
        items.forEach(({ line }) => notice(line));
        if (items.length === 0) notice(none);
        if (hasMore) notice("… and more.");
      },
    },
  });
}

/** Pages until there is enough. */
export async function collectPages<Item>(
  limit: number,
  load: (pageSize: number, pageToken: string) => Promise<{ items: readonly Item[]; nextPageToken: string }>,
): Promise<{ items: Item[]; hasMore: boolean }> {
  const items: Item[] = [];
  let pageToken = "";
  do {
    const page = await load(Math.min(limit - items.length, PAGE_SIZE), pageToken);
    items.push(...page.items);
    pageToken = page.nextPageToken;
  } while (pageToken !== "" && items.length < limit);
  return { items: items.slice(0, limit), hasMore: pageToken !== "" || items.length > limit };
}

/** What one call to the server may ask for. */
const PAGE_SIZE = 100;
