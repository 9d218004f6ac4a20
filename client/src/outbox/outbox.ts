import { ChatService } from "@chat/proto/chat/v1/chat_service";
import { createClient } from "@connectrpc/connect";
import { atom } from "nanostores";
import { validate } from "uuid";
import { ClientError, toClientError } from "../client-error.ts";
import type { Environment } from "../environment.ts";
import type { FeedCore } from "../feed/feed.ts";
import type { Replica } from "../replica/replica.ts";
import type { Session } from "../session/session.ts";
import type { ClientStorage } from "../storage/storage.ts";
import type { ClientErrorCode, Outbox, OutboxResult } from "../types.ts";
import { checkedAction } from "./checked-action.ts";
import { createOutboxStore, type OutboxStore, type QueuedItem } from "./outbox-store.ts";
import { performAction } from "./perform-action.ts";
import { createQueueNames } from "./queue-names.ts";
import { heads, isSameAction, isToggle, opposite } from "./queue.ts";
import { createRests } from "./rests.ts";
import { createSender } from "./sender.ts";
import { createWaiters } from "./waiters.ts";

const STORAGE_RETRY_MS = 15_000;

/** The server's word that it will never take the action. All else may pass. */
const FINAL: ReadonlySet<ClientErrorCode> = new Set([
  "invalid_argument",
  "not_found",
  "permission_denied",
  "already_exists",
  "failed_precondition",
  "unimplemented",
]);

/** The outbox as the rest of the SDK uses it. */
export interface OutboxCore extends Outbox {
  /** Takes up what this person had not yet sent; 0: nobody is signed in any more. */
  begin(person: number): void;
  close(): void;
}

/** See {@link Outbox}. Items live in storage (`outbox-store.ts`), `queue.ts` says which go next, `sender.ts` when. */
export function createOutbox(options: {
  session: Session;
  feed: FeedCore;
  replica: Replica;
  storage: ClientStorage;
  environment: Environment;
}): OutboxCore {
  const { session, feed, replica, storage, environment } = options;
  const { now, logger, ids } = environment;
  const service = createClient(ChatService, session.transport);
  const $items = atom<readonly QueuedItem[]>([]);
  const rests = createRests(environment);
  const waiters = createWaiters(environment, look);
  let store: OutboxStore | undefined;

  const find = (clientId: string): QueuedItem | undefined => $items.get().find((item) => item.clientId === clientId);
  const queues = createQueueNames(replica);
  const queueNow = queues.now;
  const stored = (written: Promise<void> | undefined): void =>
    void written?.catch((error: unknown) => logger.warn("outbox not stored", { error: String(error) }));

  function replace(item: QueuedItem): void {
    $items.set($items.get().map((each) => (each.clientId === item.clientId ? item : each)));
  }

  function drop(clientId: string): void {
    if (find(clientId)) $items.set($items.get().filter((item) => item.clientId !== clientId));
  }

  function complete(item: QueuedItem, result: OutboxResult): void {
    drop(item.clientId);
    stored(store?.complete(item, result, now()));
    waiters.resolve(item.clientId, result);
  }

  function fail(item: QueuedItem, error: ClientError): void {
    const failed: QueuedItem = { ...item, state: "failed", error: { code: error.code, message: error.message } };
    replace(failed);
    stored(store?.save(failed));
    waiters.reject(item.clientId, error);
  }

  async function send(item: QueuedItem, stopped: AbortSignal): Promise<boolean> {
    const sending: QueuedItem = { ...item, state: "sending", ...(isToggle(item.action) && { attempted: true }) };
    if (sending.attempted && !item.attempted) await store?.save(sending).catch(() => {}); // told when it was added
    replace(sending);
    try {
      const result = await performAction({ service, replica }, item.action, item.clientId, stopped);
      if (!stopped.aborted) complete(item, result);
      return true;
    } catch (cause) {
      const error = toClientError(cause);
      if (stopped.aborted || !find(item.clientId)) return true;
      if (FINAL.has(error.code)) {
        fail(sending, error);
        return true;
      }
      replace({ ...sending, state: "pending" });
      rests.add(queueNow(item), error.retryAfterMs);
      return false;
    }
  }

  async function sendNext(queue: string, stopped: AbortSignal): Promise<boolean> {
    const item = heads($items.get(), queueNow).get(queue);
    if (!item) return false;
    const other = opposite($items.get(), item);
    if (other) {
      for (const each of [item, other]) complete(each, { ...messageOf(each), duplicate: false });
      return true;
    }
    const goesOn = await send(item, stopped);
    if (goesOn) rests.end(queue);
    return goesOn;
  }

  function messageOf({ action }: QueuedItem): Pick<OutboxResult, "message"> {
    const message = "seq" in action ? replica.message(action.seq) : undefined;
    return message ? { message } : {};
  }

  /** Takes in what other clients of the storage added, did and discarded. */
  function refresh(): void {
    if (!store) return;
    const known = new Map($items.get().map((item) => [item.clientId, item]));
    const items = store.load().map((item) => {
      const here = known.get(item.clientId);
      return here && (here.state === "failed") === (item.state === "failed") ? here : item;
    });
    queues.learn(items);
    $items.set(items);
  }

  /** Whether another client of the storage has done what is waited for here. */
  async function look(clientIds: readonly string[]): Promise<void> {
    try {
      await storage.sync();
    } catch (error) {
      return logger.warn("storage not read", { error: String(error) });
    }
    if (!store) return;
    refresh();
    for (const clientId of clientIds) takeOutcome(clientId);
  }

  /** Tells who waits here what another client of the storage has brought about. */
  function takeOutcome(clientId: string): void {
    const outcome = store?.outcome(clientId);
    const item = find(clientId);
    if (outcome) {
      // Before the item goes, so that the message stays on the screen.
      if (outcome.result.message) replica.putMessage(outcome.result.message);
      waiters.resolve(clientId, outcome.result);
    } else if (item?.state === "failed") waiters.reject(clientId, refusal(item));
    else if (!item) waiters.reject(clientId, new ClientError("failed_precondition", "It was discarded."));
  }

  const sender = createSender({
    storage,
    environment,
    due: () => new Map([...heads($items.get(), queueNow).keys()].map((queue) => [queue, rests.until(queue)])),
    sendNext,
    refresh,
    broke(error) {
      logger.warn("sending stopped", { error: String(error) });
      for (const queue of heads($items.get(), queueNow).keys()) rests.add(queue, STORAGE_RETRY_MS);
    },
  });

  const stopListening = [
    feed.onChange((change) => {
      // The answer may be lost or late.
      if (change.row !== "message" || change.message.sender !== replica.me) return;
      const item = find(change.message.clientId);
      if (item?.action.kind === "send") complete(item, { message: change.message, duplicate: false });
    }),
    feed.$connection.listen(({ state }) => {
      // The way to the server is open again: no need to wait any longer.
      if (state !== "live") return;
      rests.end();
      sender.kick();
    }),
    storage.onChange((key) => {
      const clientId = store?.idOf(key);
      if (clientId === undefined) return;
      if (store?.outcome(clientId)) takeOutcome(clientId);
      refresh();
      if (waiters.has(clientId)) takeOutcome(clientId);
      sender.kick();
    }),
  ];

  function end(): void {
    sender.stop();
    store = undefined;
    rests.end();
    queues.clear();
    $items.set([]);
    waiters.rejectAll(new ClientError("unauthenticated", "You signed out."));
  }

  return {
    $items,
    begin(person) {
      end();
      if (person === 0) return;
      store = createOutboxStore(storage, person);
      refresh();
      sender.kick();
    },
    async add(given, { clientId } = {}) {
      const action = checkedAction(given);
      if (clientId !== undefined) {
        if (!validate(clientId)) throw new ClientError("invalid_argument", "A client id must be a UUID.");
        await storage.sync();
      }
      if (!store) throw new ClientError("unauthenticated", "Please sign in.");
      const id = clientId ?? ids();
      const known = find(id) ?? store.get(id);
      const outcome = store.outcome(id);
      if (known ?? outcome) {
        if (!isSameAction((known ?? outcome)?.action ?? action, action)) throw reused();
        if (known) return known;
      }
      // In the order of adding, also within one millisecond.
      const createdAt = outcome?.at ?? Math.max(now(), ($items.get().at(-1)?.createdAt ?? 0) + 1);
      const item: QueuedItem = { clientId: id, action, queue: queues.of(action), createdAt, state: "pending" };
      if (outcome) return item; // done already: `done` tells what it came to
      $items.set([...$items.get(), item]);
      try {
        await store.save(item);
      } catch (error) {
        // It is sent all the same; only a crash before that would lose it.
        logger.warn("outbox not stored", { error: String(error) });
      }
      sender.kick();
      return item;
    },
    async done(clientId) {
      if (!store) throw new ClientError("unauthenticated", "Please sign in.");
      if (!find(clientId) && !store.outcome(clientId)) await storage.sync();
      const outcome = store.outcome(clientId);
      if (outcome) return outcome.result;
      const item = find(clientId) ?? store.get(clientId);
      if (!item) throw new ClientError("not_found", "There is no such action in the outbox.");
      if (item.state === "failed") throw refusal(item);
      return waiters.wait(clientId);
    },
    retry(clientId) {
      const item = find(clientId);
      if (item?.state !== "failed") return;
      const { error: _, ...rest } = item;
      const pending: QueuedItem = { ...rest, state: "pending" };
      replace(pending);
      stored(store?.save(pending));
      rests.end(queueNow(item));
      sender.kick();
    },
    async discard(clientId) {
      if (!find(clientId)) return;
      drop(clientId);
      waiters.reject(clientId, new ClientError("failed_precondition", "It was discarded."));
      await store?.delete(clientId);
      sender.kick();
    },
    close() {
      sender.stop();
      store = undefined;
      for (const stop of stopListening) stop();
      waiters.rejectAll(new ClientError("unavailable", "The client was closed."));
    },
  };
}

function refusal({ error }: QueuedItem): ClientError {
  return new ClientError(error?.code ?? "failed_precondition", error?.message ?? "It was refused.");
}

function reused(): ClientError {
  return new ClientError("already_exists", "This client id was used for something else.", {
    reason: "CLIENT_ID_REUSED",
  });
}
