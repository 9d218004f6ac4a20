import { userPrefix, type ClientStorage } from "../storage/storage.ts";
import type { OutboxAction, OutboxItem, OutboxResult } from "../types.ts";

/** Outcomes that are kept for other clients of the storage; the oldest go first. */
const OUTCOMES_KEPT = 200;

/** An item, and whether a server may have it: such a one can no longer be taken back by its opposite. */
export interface QueuedItem extends OutboxItem {
  readonly attempted?: true;
}

/** What a stored action came to, for clients of the storage that wait for it. */
export interface Outcome {
  /** ms since 1970 */
  readonly at: number;
  readonly action: OutboxAction;
  readonly result: OutboxResult;
}

/** The outbox in storage: one key an item, so that clients on one storage don't overwrite each other's. */
export interface OutboxStore {
  /** In the order they were added. */
  load(): QueuedItem[];
  get(clientId: string): QueuedItem | undefined;
  save(item: QueuedItem): Promise<void>;
  delete(clientId: string): Promise<void>;
  outcome(clientId: string): Outcome | undefined;
  /** Records what the item came to, then deletes it: another client sees the outcome before the item goes. */
  complete(item: QueuedItem, result: OutboxResult, at: number): Promise<void>;
  /** The client_id of an item's or an outcome's key. */
  idOf(key: string): string | undefined;
}

/** The outbox of this person. */
export function createOutboxStore(storage: ClientStorage, person: number): OutboxStore {
  const items = `${userPrefix(person)}outbox/`;
  const outcomes = `${userPrefix(person)}outbox-done/`;

  const item = (value: unknown): QueuedItem | undefined => (isStoredItem(value) ? value : undefined);
  const outcome = (clientId: string): Outcome | undefined => storage.get(outcomes + clientId) as Outcome | undefined;

  /** Ids grow with time, save for those that callers brought: enough to find the oldest. */
  async function prune(): Promise<void> {
    const keys = storage.keys(outcomes);
    const at = (key: string): number => (storage.get(key) as Outcome | undefined)?.at ?? 0;
    if (keys.length <= OUTCOMES_KEPT) return;
    const oldest = [...keys].sort((one, other) => at(one) - at(other)).slice(0, keys.length - OUTCOMES_KEPT / 2);
    await Promise.all(oldest.map((key) => storage.delete(key)));
  }

  return {
    load: () =>
      storage
        .keys(items)
        .flatMap((key) => item(storage.get(key)) ?? [])
        .sort((one, other) => one.createdAt - other.createdAt || (one.clientId < other.clientId ? -1 : 1)),
    get: (clientId) => item(storage.get(items + clientId)),
    save: ({ state, ...rest }) =>
      storage.set(items + rest.clientId, { ...rest, state: state === "failed" ? "failed" : "pending" }),
    delete: (clientId) => storage.delete(items + clientId),
    outcome,
    async complete({ clientId, action }, result, at) {
      const recorded = storage.set(outcomes + clientId, { at, action, result } satisfies Outcome);
      await Promise.all([recorded, storage.delete(items + clientId), prune()]);
    },
    idOf(key) {
      const prefix = [items, outcomes].find((each) => key.startsWith(each));
      return prefix === undefined ? undefined : key.slice(prefix.length);
    },
  };
}

/** Half an item can only come from another release: it is left where it is. */
function isStoredItem(value: unknown): value is QueuedItem {
  const item = value as Partial<QueuedItem> | undefined;
  return typeof item?.clientId === "string" && typeof item.queue === "string" && typeof item.action?.kind === "string";
}
