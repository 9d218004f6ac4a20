import type { Environment } from "../environment.ts";
import { createListeners } from "../listeners.ts";
import type { Replica } from "../replica/replica.ts";
import { userPrefix, type ClientStorage } from "../storage/storage.ts";
import type { Drafts } from "../types.ts";

/** A draft with the address that it was written at: it is found by that before people and rooms are known. */
interface Draft {
  readonly text: string;
  readonly address: string;
}

/** See {@link Drafts}. Kept under the conversation's id, so that a rename keeps them; stored at each change. */
export function createDrafts(options: {
  storage: ClientStorage;
  environment: Environment;
  replica: Replica;
}): Drafts & { close(): void } {
  const { storage, environment, replica } = options;
  const warn = (error: unknown) => environment.logger.warn("draft not stored", { error: String(error) });
  const listeners = createListeners<{ conversation: string; text: string }>(warn);

  const prefix = (): string | undefined => (replica.me === 0 ? undefined : `${userPrefix(replica.me)}draft/`);

  /** The key that holds the draft of this conversation, or would. */
  function keyOf(conversation: string): string | undefined {
    const before = prefix();
    if (before === undefined) return undefined;
    const id = replica.resolve(conversation);
    const exact = before + (id ?? conversation);
    if (toDraft(storage.get(exact))) return exact;
    const named = storage.keys(before).find((key) => {
      const draft = toDraft(storage.get(key));
      return draft?.address === conversation || (id !== undefined && replica.resolve(draft?.address ?? "") === id);
    });
    return named ?? exact;
  }

  const stopListening = storage.onChange((key, value) => {
    const before = prefix();
    if (before === undefined || !key.startsWith(before)) return;
    const conversation = key.slice(before.length);
    const draft = toDraft(value);
    const address = draft?.address ?? replica.conversation(conversation)?.address ?? conversation;
    listeners.emit({ conversation: address, text: draft?.text ?? "" });
  });

  const textAt = (key: string | undefined): string =>
    (key === undefined ? undefined : toDraft(storage.get(key)))?.text ?? "";

  return {
    get: (conversation) => textAt(keyOf(conversation)),
    set(conversation, text) {
      const key = keyOf(conversation);
      if (key === undefined || textAt(key) === text) return;
      const address = replica.conversation(replica.resolve(conversation) ?? "")?.address ?? conversation;
      const draft: Draft = { text, address };
      (text === "" ? storage.delete(key) : storage.set(key, draft)).catch(warn);
    },
    onChange: (listener) => listeners.add(({ conversation, text }) => listener(conversation, text)),
    close() {
      stopListening();
      listeners.clear();
    },
  };
}

function toDraft(value: unknown): Draft | undefined {
  const draft = value as Partial<Draft> | undefined;
  return typeof draft?.text === "string" && typeof draft.address === "string" ? (draft as Draft) : undefined;
}
