import { isDeepStrictEqual } from "node:util";
import type { ChatClient, ChatConversation } from "@chat/client";
import type { Violation } from "./check.ts";
import type { Truth } from "./truth.ts";

/** Looks at a load that has failed before it is tried again. */
const LOOKS_BEFORE_TRYING_AGAIN = 100;

const END = Number.MAX_SAFE_INTEGER;

/** Conversations whose messages are compared between two clients: those on top of the list. */
const TIMELINES = 6;

/**
 * Holds what a client of the SDK has after everything that happened to it against what one has that has just signed in.
 * @param options.until resolves once it is so; rejects where that takes too long
 */
export async function compareReplicas(options: {
  name: string;
  sdk: ChatClient;
  fresh: ChatClient;
  person: number;
  truth: Truth;
  until: (isSo: () => boolean) => Promise<void>;
}): Promise<Violation[]> {
  const { name, sdk, fresh, person, truth, until } = options;
  const violations: Violation[] = [];
  const report = (text: string): void => void violations.push({ kind: "diverged", text: `${name}: ${text}` });
  for (const { conversations } of [sdk, fresh])
    await untilLoaded(
      until,
      () => conversations.$state.get(),
      () => conversations.load(),
    );
  const [old, now] = [sdk, fresh].map((client) => client.conversations.$state.get().conversations.map(shown));
  const missing = (now ?? []).filter(({ id }) => !(old ?? []).some((each) => each.id === id));
  if (missing.length > 0) report(`its list lacks ${missing.map(({ id }) => id).join()}`);
  if (!isDeepStrictEqual(old, now)) report(`its list is ${difference(old ?? [], now ?? [])} of a fresh sign-in`);
  for (const { id } of fresh.conversations.$state.get().conversations.slice(0, TIMELINES)) {
    const [known = [], read = []] = await Promise.all([sdk, fresh].map((client) => newest(client, id, until)));
    const count = Math.min(known.length, read.length);
    if (!isDeepStrictEqual(known.slice(-count), read.slice(-count)))
      report(`its messages of ${id} are ${difference(known.slice(-count), read.slice(-count))} of a fresh sign-in`);
  }
  const users = sdk.users.$known.get();
  for (const [id, row] of fresh.users.$known.get())
    if (truth.timeline.isAcquainted(person, id, END) && users.has(id) && !isDeepStrictEqual(users.get(id), row))
      report(`it knows ${id} as ${JSON.stringify(users.get(id))}, and a fresh sign-in as ${JSON.stringify(row)}`);
  return violations;
}

/** What is unseen belongs to the profile. */
function shown({ unseen: _, ...conversation }: ChatConversation): Omit<ChatConversation, "unseen"> {
  return conversation;
}

async function newest(client: ChatClient, conversation: string, until: (isSo: () => boolean) => Promise<void>) {
  const timeline = client.timeline(conversation);
  try {
    await untilLoaded(
      until,
      () => timeline.$state.get(),
      () => timeline.reload(),
    );
    return timeline.$state.get().rows.flatMap(({ state, message }) => (state === "stored" ? [message] : []));
  } finally {
    timeline.close();
  }
}

/** A load that failed is told to the person, who tries again after a while. */
function untilLoaded(
  until: (isSo: () => boolean) => Promise<void>,
  state: () => { readonly loaded: boolean; readonly loading: boolean },
  load: () => Promise<void>,
): Promise<void> {
  let looks = 0;
  return until(() => {
    const { loaded, loading } = state();
    if (!loaded && !loading && ++looks % LOOKS_BEFORE_TRYING_AGAIN === 0) void load();
    return loaded;
  });
}

/** The first entries that differ. */
function difference(one: readonly unknown[], other: readonly unknown[]): string {
  const at = one.findIndex((each, index) => !isDeepStrictEqual(each, other[index]));
  const [mine, theirs] = [one, other].map((list) => JSON.stringify(list[Math.max(0, at)]));
  return `${one.length} long against ${other.length}, with ${mine} against ${theirs}`;
}
