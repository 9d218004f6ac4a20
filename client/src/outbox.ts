import { ChatService } from "@chat/proto/chat/v1/chat_service";
import { createClient } from "@connectrpc/connect";
import { atom } from "nanostores";
import { v7 as newId } from "uuid";
import { toAddress } from "./address.ts";
import { backoffMs } from "./backoff.ts";
import { ClientError, present, settle, toClientError } from "./client-error.ts";
import type { Environment } from "./environment.ts";
import type { FeedCore } from "./feed.ts";
import { toChatMessage } from "./from-proto.ts";
import { createOutboxStore, type OutboxStore } from "./outbox-store.ts";
import type { Session } from "./session.ts";
import type { ClientStorage } from "./storage.ts";
import type { ChatMessage, ClientErrorCode, Outbox, OutboxItem } from "./types.ts";

/** Longer than a server keeps an event through an election of its log's leader. */
const SEND_TIMEOUT_MS = 25_000;
const RETRY = { baseMs: 500, capMs: 15_000 } as const;
/** Delivered messages that are remembered for whoever asks late. */
const REMEMBERED = 500;

/** The server's word that it will never take the message. All else may pass. */
const FINAL: ReadonlySet<ClientErrorCode> = new Set([
  "invalid_argument",
  "not_found",
  "permission_denied",
  "already_exists",
  "failed_precondition",
]);

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

interface Waiter {
  readonly resolve: (message: ChatMessage) => void;
  readonly reject: (error: ClientError) => void;
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
  const { timers, random, now, logger } = environment;
  const service = createClient(ChatService, session.transport);
  const $items = atom<readonly OutboxItem[]>([]);
  const waiters = new Map<string, Waiter[]>();
  const delivered = new Map<string, ChatMessage>();
  let onDelivered: (message: ChatMessage) => void = () => {};
  let store: OutboxStore | undefined;
  let handle = "";
  let round: AbortController | undefined;
  let again = false;
  let attempt = 0;
  let timer: unknown;

  const find = (clientId: string): OutboxItem | undefined => $items.get().find((item) => item.clientId === clientId);
  const update = (clientId: string, change: Partial<OutboxItem>): void =>
    $items.set($items.get().map((item) => (item.clientId === clientId ? { ...item, ...change } : item)));
  const drop = (clientId: string): void => {
    if (find(clientId)) $items.set($items.get().filter((item) => item.clientId !== clientId));
  };
  const forget = (clientId: string): void => {
    store?.delete(clientId).catch((error: unknown) => logger.warn("outbox item not deleted", { error: String(error) }));
  };

  function settleAs(clientId: string, settleOne: (waiter: Waiter) => void): void {
    const waiting = waiters.get(clientId) ?? [];
    waiters.delete(clientId);
    for (const waiter of waiting) settleOne(waiter);
  }

  function complete(message: ChatMessage): void {
    const { clientId } = message;
    if (delivered.has(clientId)) return;
    delivered.set(clientId, message);
    const [oldest] = delivered.keys();
    if (delivered.size > REMEMBERED && oldest !== undefined) delivered.delete(oldest);
    onDelivered(message);
    drop(clientId);
    forget(clientId);
    settleAs(clientId, ({ resolve }) => resolve(message));
  }

  function fail(item: OutboxItem, error: ClientError): void {
    const failed: OutboxItem = { ...item, state: "failed", error: error.message };
    update(item.clientId, failed);
    store?.save(failed).catch((cause: unknown) => logger.warn("outbox item not stored", { error: String(cause) }));
    settleAs(item.clientId, ({ reject }) => reject(error));
  }

  /** Sends one. Returns how long to wait before it is tried again; undefined when it needs no other try. */
  async function deliver(item: OutboxItem, stopped: AbortSignal): Promise<number | undefined> {
    update(item.clientId, { state: "sending" });
    try {
      const { to, text, clientId, replyTo } = item;
      const request = { to, text, clientId, ...(replyTo !== undefined && { replyTo: BigInt(replyTo) }) };
      const response = await settle(service.sendMessage(request, { timeoutMs: SEND_TIMEOUT_MS }));
      if (!stopped.aborted) complete(toChatMessage(present(response.message)));
      return undefined;
    } catch (cause) {
      const error = toClientError(cause);
      if (stopped.aborted || !find(item.clientId)) return undefined;
      if (FINAL.has(error.code)) {
        fail(item, error);
        return undefined;
      }
      update(item.clientId, { state: "pending" });
      // Nobody is signed in: whoever signs in next starts it again.
      if (error.code === "unauthenticated") return Infinity;
      return Math.max(backoffMs(attempt, { ...RETRY, random }), error.retryAfterMs ?? 0);
    }
  }

  /** One conversation's messages, one after the other, until one has to wait. */
  async function deliverAll(to: string, stopped: AbortSignal): Promise<number | undefined> {
    for (;;) {
      const next = $items.get().find((item) => item.to === to && item.state !== "failed");
      if (!next || stopped.aborted) return undefined;
      const waitMs = await deliver(next, stopped);
      if (waitMs !== undefined) return waitMs;
      attempt = 0;
    }
  }

  async function sendRound(stopped: AbortSignal): Promise<number | undefined> {
    await storage.sync();
    merge();
    const conversations = new Set($items.get().flatMap(({ to, state }) => (state === "failed" ? [] : [to])));
    const waits = await Promise.all([...conversations].map((to) => deliverAll(to, stopped)));
    return waits.filter((waitMs) => waitMs !== undefined).sort((one, other) => one - other)[0];
  }

  /** Takes in what other clients of the storage wrote, and what they saw off. */
  function merge(): void {
    if (!store) return;
    const known = new Map($items.get().map((item) => [item.clientId, item]));
    $items.set(store.load().map((item) => known.get(item.clientId) ?? item));
  }

  function kick(): void {
    timers.clearTimeout(timer);
    if (round) {
      again = true;
      return;
    }
    if (!store || !$items.get().some(({ state }) => state !== "failed")) return;
    const current = new AbortController();
    round = current;
    again = false;
    void storage
      .lock("outbox", () => sendRound(current.signal), { signal: current.signal })
      .catch((error: unknown) => {
        if (current.signal.aborted) return undefined;
        logger.warn("sending stopped", { error: String(error) });
        return RETRY.capMs;
      })
      .then((waitMs) => {
        if (round !== current) return;
        round = undefined;
        if (waitMs !== undefined) {
          attempt++;
          if (waitMs !== Infinity) timer = timers.setTimeout(kick, waitMs);
        } else if (again || $items.get().some(({ state }) => state !== "failed")) kick();
      });
  }

  const stopListening = [
    feed.onEvent((event) => {
      if (event.kind === "message-posted" && event.actor === handle && find(event.message.clientId))
        complete(event.message);
    }),
    feed.$connection.listen(({ state }) => {
      // The way to the server is open again: no need to wait any longer.
      if (state === "live" && !round) {
        attempt = 0;
        kick();
      }
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
    timers.clearTimeout(timer);
    $items.set([]);
    for (const id of [...waiters.keys()])
      settleAs(id, ({ reject }) => reject(new ClientError("unauthenticated", "You signed out.")));
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
      return new Promise((resolve, reject) => {
        const waiting = waiters.get(clientId);
        if (waiting) waiting.push({ resolve, reject });
        else waiters.set(clientId, [{ resolve, reject }]);
      });
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
      attempt = 0;
      kick();
    },
    async remove(clientId) {
      if (!find(clientId)) return;
      drop(clientId);
      settleAs(clientId, ({ reject }) =>
        reject(new ClientError("failed_precondition", "It was removed from the outbox.")),
      );
      await store?.delete(clientId);
    },
    close() {
      round?.abort();
      timers.clearTimeout(timer);
      for (const stop of stopListening) stop();
    },
  };
}
