import type { ClientErrorShape, ConnectionState, Outbox, OutboxItem, OutboxResult } from "@chat/client";
import { atom, type ReadableAtom } from "nanostores";
import { createFakeError } from "./fake-error.ts";
import type { FakeStore } from "./fake-store.ts";

/** The fake client's outbox: delivers at once while there is a connection. A text that begins with "fail" is refused, once. */
export function createFakeOutbox(options: {
  store: FakeStore;
  $connection: ReadableAtom<ConnectionState>;
  now: () => number;
  answer: <T>(name: string, value: () => T) => Promise<T>;
  calls: string[];
}): Outbox & { $items: ReturnType<typeof atom<readonly OutboxItem[]>> } {
  const { store, $connection, now, answer, calls } = options;
  const $items = atom<readonly OutboxItem[]>([]);
  const ends = new Map<string, PromiseWithResolvers<OutboxResult>>();

  const change = (clientId: string, patch: Partial<OutboxItem>): void =>
    $items.set($items.get().map((item) => (item.clientId === clientId ? { ...item, ...patch } : item)));
  const remove = (clientId: string): void => $items.set($items.get().filter((item) => item.clientId !== clientId));

  async function deliver({ clientId, action }: OutboxItem, again = false): Promise<void> {
    if ($connection.get().state !== "live") return;
    change(clientId, { state: "sending" });
    try {
      const result = await answer(action.kind, () => {
        if (!again && "text" in action && /^fail/i.test(action.text)) {
          throw createFakeError("permission_denied", "The server refused this message.");
        }
        remove(clientId);
        return store.apply(action, clientId);
      });
      ends.get(clientId)?.resolve(result);
    } catch (thrown) {
      const error = thrown as ClientErrorShape;
      if (!$items.get().some((item) => item.clientId === clientId)) return;
      change(clientId, { state: "failed", error: { code: error.code, message: error.message } });
      ends.get(clientId)?.reject(thrown);
    }
  }

  $connection.listen(({ state }) => {
    if (state === "live") for (const item of $items.get()) if (item.state === "pending") void deliver(item);
  });

  return {
    $items,
    async add(action, { clientId = crypto.randomUUID() } = {}) {
      const known = $items.get().find((each) => each.clientId === clientId);
      if (known) return known;
      const name = "conversation" in action ? action.conversation : "room" in action ? action.room : undefined;
      const queue = name === undefined ? ("seq" in action ? store.message(action.seq).conversation : "") : name;
      const item: OutboxItem = {
        clientId,
        action,
        queue: store.resolve(queue) ?? queue,
        createdAt: now(),
        state: "pending",
      };
      const end = Promise.withResolvers<OutboxResult>();
      end.promise.catch(() => {
        // A caller that waits is told; that there is none is no fault.
      });
      ends.set(clientId, end);
      await answer("outbox.add", () => $items.set([...$items.get(), item]));
      void deliver(item);
      return item;
    },
    done: (clientId) => ends.get(clientId)?.promise ?? Promise.reject(createFakeError("not_found", "No such action")),
    retry(clientId) {
      calls.push("outbox.retry");
      change(clientId, { state: "pending" });
      const item = $items.get().find((each) => each.clientId === clientId);
      if (item) void deliver(item, true);
    },
    discard: (clientId) => answer("outbox.discard", () => remove(clientId)),
  };
}
