import { ChatService } from "@chat/proto/chat/v1/chat_service";
import { createClient } from "@connectrpc/connect";
import { atom } from "nanostores";
import { v7 as newId } from "uuid";
import { toAddress } from "./address.ts";
import { ClientError, isFinal, present, settle, toClientError } from "./client-error.ts";
import type { Environment } from "./environment.ts";
import type { FeedCore } from "./feed.ts";
import { toChatMessage } from "./from-proto.ts";
import { createRests } from "./outbox-rests.ts";
import { createOutboxStore, sameStanding, type OutboxStore } from "./outbox-store.ts";
import { createWaiters } from "./outbox-waiters.ts";
import type { Session } from "./session.ts";
import type { ClientStorage } from "./storage.ts";
import type { ChatMessage, Outbox, OutboxItem } from "./types.ts";

/** Longer than a server keeps an event through an election of its log's leader. */
const SEND_TIMEOUT_MS = 25_000;
const STORAGE_RETRY_MS = 15_000;
/** Delivered messages that are remembered for whoever asks late. */
const REMEMBERED = 500;

/** The outbox as the rest of the SDK uses it. */
export interface OutboxCore extends Outbox {
  /** A message of this client's has been stored; comes before its item goes. */
  onDelivered(listener: (message: ChatMessage) => void): void;
  /** Takes up what the person with this handle had written. */
  begin(handle: string): void;
  /** Nobody is signed in any more. */
  end(): void;
  close(): void;
}

/**
 * See {@link Outbox}. One client of a storage sends at a time. Conversations don't wait for each other; within one the next message goes when the one before
 * is stored or refused for good.
 */
export function createOutbox(options: {
  session: Session;
  feed: FeedCore;
  storage: ClientStorage;
  environment: Environment;
}): OutboxCore {
  const { session, feed, storage, environment } = options;
  const { timers, now, logger } = environment;
  const service = createClient(ChatService, session.transport);
  const $items = atom<readonly OutboxItem[]>([]);
  const waiters = createWaiters();
  const rests = createRests(environment);
  const delivered = new Map<string, ChatMessage>();
  let onDelivered: (message: ChatMessage) => void = () => {};
  let store: OutboxStore | undefined;
  let handle = "";
  let round: AbortController | undefined;
  /** Starts what may be sent within the round that is under way. */
  let goOn = (): void => {};
  let timer: unknown;

  const find = (clientId: string): OutboxItem | undefined => $items.get().find((item) => item.clientId === clientId);
  /** Also what another client of the storage has taken out of the box may be waited for here. */
  const isAwaited = (clientId: string): boolean => find(clientId) !== undefined || waiters.has(clientId);
  const update = (clientId: string, change: Partial<OutboxItem>): void =>
    $items.set($items.get().map((item) => (item.clientId === clientId ? { ...item, ...change } : item)));
  const drop = (clientId: string): void => {
    if (find(clientId)) $items.set($items.get().filter((item) => item.clientId !== clientId));
  };
  const forget = (clientId: string): void => {
    store?.delete(clientId).catch((error: unknown) => logger.warn("outbox item not deleted", { error: String(error) }));
  };

  function complete(message: ChatMessage): void {
    const { clientId } = message;
    if (delivered.has(clientId)) return;
    delivered.set(clientId, message);
    const [oldest] = delivered.keys();
    if (delivered.size > REMEMBERED && oldest !== undefined) delivered.delete(oldest);
    onDelivered(message);
    drop(clientId);
    forget(clientId);
    waiters.resolve(clientId, message);
  }

  function fail(item: OutboxItem, error: ClientError): void {
    const failed: OutboxItem = { ...item, state: "failed", error: error.message };
    update(item.clientId, failed);
    store?.save(failed).catch((cause: unknown) => logger.warn("outbox item not stored", { error: String(cause) }));
    waiters.reject(item.clientId, error);
  }

  /** Sends one. Gives false when it has to be tried again later. */
  async function deliver(item: OutboxItem, stopped: AbortSignal): Promise<boolean> {
    update(item.clientId, { state: "sending" });
    try {
      const { to, text, clientId, replyTo } = item;
      const request = { to, text, clientId, ...(replyTo !== undefined && { replyTo: BigInt(replyTo) }) };
      const response = await settle(service.sendMessage(request, { timeoutMs: SEND_TIMEOUT_MS, signal: stopped }));
      if (!stopped.aborted) complete(toChatMessage(present(response.message)));
      return true;
    } catch (cause) {
      const error = toClientError(cause);
      if (stopped.aborted || !find(item.clientId)) return true;
      if (isFinal(error.code)) {
        fail(item, error);
        return true;
      }
      update(item.clientId, { state: "pending" });
      rests.add(item.to, error.retryAfterMs);
      return false;
    }
  }

  /** One conversation's messages, one after the other, until one has to wait. */
  async function deliverAll(to: string, stopped: AbortSignal): Promise<void> {
    for (;;) {
      const next = $items.get().find((item) => item.to === to && item.state !== "failed");
      if (!next || stopped.aborted) return;
      if (!(await deliver(next, stopped))) return;
      rests.end(to);
    }
  }

  /** The conversations that have something to send, with the time from when they may. */
  function due(): Map<string, number> {
    const unsent = $items.get().filter(({ state }) => state !== "failed");
    return new Map(unsent.map(({ to }) => [to, rests.until(to)]));
  }

  /** Lasts until no conversation has anything to send for now; what is written meanwhile is taken along. */
  async function sendRound(stopped: AbortSignal): Promise<void> {
    await storage.sync();
    if (stopped.aborted) return;
    merge();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sending = new Set<string>();
    const proceed = (): void => {
      for (const [to, from] of due()) {
        if (from > now() || sending.has(to) || stopped.aborted) continue;
        sending.add(to);
        deliverAll(to, stopped)
          .finally(() => sending.delete(to))
          .then(proceed, reject);
      }
      if (sending.size > 0) return stopped.aborted ? undefined : wakeLater();
      // The lock goes now: what comes from here on makes another round.
      if (goOn === proceed) goOn = () => {};
      resolve();
    };
    goOn = proceed;
    proceed();
    return promise;
  }

  /** Goes on when the first conversation that rests may be tried again. */
  function wakeLater(): void {
    timers.clearTimeout(timer);
    const later = [...due().values()].filter((from) => from > now());
    if (later.length > 0) timer = timers.setTimeout(kick, Math.min(...later) - now());
  }

  /** Whoever waited may try again now. */
  function wakeAll(): void {
    rests.end();
    kick();
  }

  /** Takes in what other clients of the storage wrote, and what they saw off. */
  function merge(): void {
    if (!store) return;
    const known = new Map($items.get().map((item) => [item.clientId, item]));
    $items.set(store.load().map((item) => sameStanding(known.get(item.clientId), item) ?? item));
  }

  function kick(): void {
    if (round) return goOn();
    if (!store) return;
    if (![...due().values()].some((from) => from <= now())) return wakeLater();
    timers.clearTimeout(timer);
    const current = new AbortController();
    round = current;
    goOn = () => {}; // until the lock is there
    void storage
      .lock("outbox", () => sendRound(current.signal), { signal: current.signal })
      .catch((error: unknown) => {
        if (current.signal.aborted) return;
        logger.warn("sending stopped", { error: String(error) });
        for (const to of due().keys()) rests.add(to, STORAGE_RETRY_MS);
      })
      .then(() => {
        if (round !== current) return;
        round = undefined;
        kick();
      });
  }

  const stopListening = [
    feed.onEvent((event) => {
      if (event.kind === "message-posted" && event.actor === handle && isAwaited(event.message.clientId))
        complete(event.message);
    }),
    feed.$connection.listen(({ state }) => {
      // The way to the server is open again: no need to wait any longer.
      if (state === "live") wakeAll();
    }),
    storage.onChange((key) => {
      if (store?.idOf(key) === undefined) return;
      merge();
      kick();
    }),
  ];

  function end(): void {
    round?.abort();
    round = undefined;
    store = undefined;
    goOn = () => {};
    rests.end();
    timers.clearTimeout(timer);
    $items.set([]);
    waiters.rejectAll(new ClientError("unauthenticated", "You signed out."));
  }

  return {
    $items,
    onDelivered(listener) {
      onDelivered = listener;
    },
    begin(nextHandle) {
      if (store && handle === nextHandle) return kick();
      end();
      handle = nextHandle;
      store = createOutboxStore(storage, handle);
      $items.set(store.load());
      kick();
    },
    end,
    async send(to, text, { replyTo } = {}) {
      if (!store) throw new ClientError("unauthenticated", "Please sign in.");
      const item: OutboxItem = {
        clientId: newId(),
        to: toAddress(to, handle),
        text,
        createdAt: now(),
        state: "pending",
        ...(replyTo !== undefined && { replyTo }),
      };
      $items.set([...$items.get(), item]);
      try {
        await store.save(item);
      } catch (error) {
        // It is sent all the same; only a crash before that would lose it.
        logger.warn("outbox item not stored", { error: String(error) });
      }
      kick();
      return item;
    },
    delivered(clientId) {
      const known = delivered.get(clientId);
      if (known) return Promise.resolve(known);
      const item = find(clientId);
      if (!item) return Promise.reject(new ClientError("not_found", "There is no such message in the outbox."));
      if (item.state === "failed")
        return Promise.reject(new ClientError("failed_precondition", item.error ?? "It was refused."));
      return waiters.wait(clientId);
    },
    retry(clientId) {
      const item = find(clientId);
      if (item?.state !== "failed") return;
      const { error: _, ...rest } = item;
      const pending: OutboxItem = { ...rest, state: "pending" };
      $items.set($items.get().map((each) => (each.clientId === clientId ? pending : each)));
      void store
        ?.save(pending)
        .catch((cause: unknown) => logger.warn("outbox item not stored", { error: String(cause) }));
      rests.end(item.to);
      kick();
    },
    async remove(clientId) {
      if (!find(clientId)) return;
      drop(clientId);
      waiters.reject(clientId, new ClientError("failed_precondition", "It was removed from the outbox."));
      await store?.delete(clientId);
    },
    close() {
      round?.abort();
      round = undefined;
      store = undefined;
      timers.clearTimeout(timer);
      for (const stop of stopListening) stop();
    },
  };
}
