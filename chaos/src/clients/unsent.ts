import type { ChatClient } from "@chat/client";

/** Actions in a client's outbox that have no answer yet. */
export function pendingIn(client: ChatClient): number {
  return client.outbox.$items.get().filter(({ state }) => state !== "failed").length;
}

/** What stands in a client's outbox, in words: where a run ends with actions that never got an answer. */
export function unsentIn(client: ChatClient): string {
  const items = client.outbox.$items.get();
  return items.map(({ action, state, error }) => `${action.kind} ${state} ${error?.message ?? ""}`.trim()).join(", ");
}
