import type { ChatConversation, ChatUser } from "@chat/client";
import fuzzysort from "fuzzysort";

/** Something one can go to. */
export interface Choice {
  readonly address: string;
  readonly title: string;
}

/** A conversation as a choice. */
export function conversationChoice({ address, title }: Pick<ChatConversation, "address" | "title">): Choice {
  return { address, title };
}

/** A person as a choice. */
export function userChoice({ handle, displayName }: ChatUser): Choice {
  return { address: `@${handle}`, title: displayName === "" ? handle : displayName };
}

const MOST = 50;
const LEAST_SCORE = 0.3;

/** The choices that fit what was typed, best first; all in their order where nothing was. A leading @ or # keeps to people or rooms. */
export function rankChoices(choices: readonly Choice[], query: string): Choice[] {
  const text = query.trim();
  const sign = /^[@#]/.exec(text)?.[0];
  const eligible = sign === undefined ? choices : choices.filter(({ address }) => address.startsWith(sign));
  const sought = sign === undefined ? text : text.slice(1);
  if (sought === "") return eligible.slice(0, MOST);
  return fuzzysort
    .go(sought, [...eligible], { keys: ["title", "address"], limit: MOST, threshold: LEAST_SCORE })
    .map(({ obj }) => obj);
}

/** Both in their order, each address once. */
export function mergeChoices(first: readonly Choice[], second: readonly Choice[]): Choice[] {
  const known = new Set(first.map(({ address }) => address));
  return [...first, ...second.filter(({ address }) => !known.has(address))];
}
