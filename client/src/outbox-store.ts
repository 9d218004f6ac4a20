import { userPrefix, type ClientStorage } from "./storage.ts";
import type { OutboxItem } from "./types.ts";

/** The part of an item that outlives the process: whether it is being sent does not. */
type StoredItem = Omit<OutboxItem, "state"> & { readonly state: "pending" | "failed" };

/** The outbox's items in storage, one key each, so that clients on one storage don't overwrite each other's. */
export interface OutboxStore {
  /** In the order they were written: ids begin with a time and grow. */
  load(): OutboxItem[];
  save(item: OutboxItem): Promise<void>;
  delete(clientId: string): Promise<void>;
  /** The item's id, for a key of this person's outbox. */
  idOf(key: string): string | undefined;
}

/** The outbox of the person with this handle. */
export function createOutboxStore(storage: ClientStorage, handle: string): OutboxStore {
  const prefix = `${userPrefix(handle)}outbox/`;
  return {
    load: () =>
      storage
        .keys(prefix)
        .map((key) => storage.get(key))
        .filter(isStoredItem),
    save: ({ state, ...item }) =>
      storage.set(prefix + item.clientId, { ...item, state: state === "failed" ? "failed" : "pending" }),
    delete: (clientId) => storage.delete(prefix + clientId),
    idOf: (key) => (key.startsWith(prefix) ? key.slice(prefix.length) : undefined),
  };
}

/** Half an item can only come from another release: it is left where it is. */
function isStoredItem(value: unknown): value is StoredItem {
  const item = value as Partial<StoredItem> | undefined;
  return typeof item?.clientId === "string" && typeof item.text === "string" && typeof item.to === "string";
}

/** What is known of an item, unless another client has seen it fail or tried it again. */
export function sameStanding(known: OutboxItem | undefined, stored: OutboxItem): OutboxItem | undefined {
  return known && (known.state === "failed") === (stored.state === "failed") ? known : undefined;
}
