import type { ChatConversation, ChatUser } from "@chat/client";
import fuzzysort from "fuzzysort";

/** Something one can go to. */
export interface Choice {
  readonly address: string;
  readonly title: string;
  /** What decides the colour of its picture: person id, or the id of a room. */
  readonly seed: number | string;
}

/** A conversation as a choice. */
export function conversationChoice({ address, title, id, peer }: ChatConversation): Choice {
  return { address, title, seed: peer?.id ?? id };
}

/** A person as a choice. */
export function userChoice({ id, handle, displayName }: ChatUser): Choice {
  return { address: `@${handle}`, title: displayName, seed: id };
}

const MOST = 50;
/** From here on a match is what was meant (the letters stand together, or begin words); below, it is a guess. */
const GOOD_SCORE = 0.5;
const LEAST_SCORE = 0.25;

/** Choices that fit what was typed, best first: those that were surely meant, and guesses. */
export interface RankedChoices {
  readonly good: readonly Choice[];
  readonly guesses: readonly Choice[];
}

/** See {@link RankedChoices}. All in their order where nothing was typed. A leading @ or # keeps to people or rooms. */
export function rankChoices(choices: readonly Choice[], query: string): RankedChoices {
  const text = query.trim();
  const sign = /^[@#]/.exec(text)?.[0];
  const eligible = sign === undefined ? choices : choices.filter(({ address }) => address.startsWith(sign));
  const sought = sign === undefined ? text : text.slice(1);
  if (sought === "") return { good: eligible.slice(0, MOST), guesses: [] };
  const found = fuzzysort.go(sought, [...eligible], {
    keys: ["title", "address"],
    limit: MOST,
    threshold: LEAST_SCORE,
  });
  const choicesFrom = (from: number, below: number): Choice[] =>
    found.filter(({ score }) => score >= from && score < below).map(({ obj }) => obj);
  return { good: choicesFrom(GOOD_SCORE, Infinity), guesses: choicesFrom(LEAST_SCORE, GOOD_SCORE) };
}

/** One list after the other, each address once. */
export function mergeChoices(...lists: readonly (readonly Choice[])[]): Choice[] {
  const merged = new Map<string, Choice>();
  for (const choice of lists.flat()) if (!merged.has(choice.address)) merged.set(choice.address, choice);
  return [...merged.values()];
}
