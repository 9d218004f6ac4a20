import { setTimeout as delay } from "node:timers/promises";
import { ChatService } from "@chat/proto/chat/v1/chat_service";
import { AuthService } from "@chat/proto/chat/v1/auth_service";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { v7 as uuid } from "uuid";
import { digestOf, type Operation } from "../history.ts";
import type { ChaosClient, Wish } from "./chaos-client.ts";
import type { Recorder } from "./recorder.ts";

/** Between two attempts at anything. */
const RETRY_MS = 200;

/** How long one call may take before its outcome counts as unknown and it is tried elsewhere with the same client_id. */
const CALL_TIMEOUT_MS = 12_000;

/** A stream that says nothing for so long is given up. */
const SILENCE_MS = 41_000;

/** Codes after which nobody knows whether the event happened. Everything else is an answer. */
const OPEN_CODES: ReadonlySet<Code> = new Set([
  Code.Unavailable,
  Code.DeadlineExceeded,
  Code.Canceled,
  Code.Unknown,
  Code.Internal,
  Code.Aborted,
  Code.ResourceExhausted,
]);

/**
 * A client that uses the generated service and nothing else: no dedupe, an own cursor, an own retry. What it gets is recorded as it comes,
 * so a repeat by the server is seen as one.
 *
 * @param options.pick gives a transport to some server; asked again after every failure.
 */
export function startRawClient(options: {
  name: string;
  user: string;
  password: string;
  pick: () => Transport;
  recorder: Recorder;
  signal: AbortSignal;
}): ChaosClient {
  const { name, user, recorder, signal, pick } = options;
  const watch = recorder.watch(name, user);
  let token: Promise<string> | undefined;
  let cursor: { epoch: string; seq: number } | undefined;
  let stream = new AbortController();

  function authorization(): Promise<string> {
    token ??= signIn().catch((error: unknown) => {
      token = undefined;
      throw error;
    });
    return token;
  }

  async function signIn(): Promise<string> {
    const { session } = await createClient(AuthService, pick()).login(
      { login: user, password: options.password },
      { timeoutMs: CALL_TIMEOUT_MS },
    );
    return `Bearer ${session?.accessToken ?? ""}`;
  }

  async function listen(): Promise<void> {
    stream = new AbortController();
    const stop = AbortSignal.any([signal, stream.signal]);
    const headers = { authorization: await authorization() };
    let watchdog = setTimeout(() => stream.abort(), SILENCE_MS);
    try {
      const frames = createClient(ChatService, pick()).subscribe(
        cursor ? { after: BigInt(cursor.seq), epoch: cursor.epoch } : {},
        { headers, signal: stop },
      );
      for await (const { seq: position, payload } of frames) {
        clearTimeout(watchdog);
        watchdog = setTimeout(() => stream.abort(), SILENCE_MS);
        const seq = Number(position);
        switch (payload.case) {
          case "ready":
            watch.opened(seq);
            cursor ??= { epoch: payload.value.epoch, seq };
            break;
          case "event": {
            const event = payload.value;
            const text = event.kind.case === "messagePosted" ? event.kind.value.text : undefined;
            watch.delivered({
              seq,
              digest: digestOf({
                kind: String(event.kind.case),
                conversation: event.conversation,
                actor: event.actor,
                text,
              }),
            });
            if (cursor) cursor.seq = Math.max(cursor.seq, seq);
            break;
          }
          case "heartbeat":
            watch.caughtUp(seq);
            if (cursor) cursor.seq = Math.max(cursor.seq, seq);
            break;
          case "reset":
            watch.reset();
            break;
        }
      }
    } finally {
      clearTimeout(watchdog);
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      try {
        await listen();
      } catch (error) {
        if (ConnectError.from(error).code === Code.Unauthenticated) token = undefined;
      }
      watch.lost();
      await delay(RETRY_MS * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
    }
  }
  const running = run();

  async function attempt(wish: Wish, clientId: string): Promise<Operation["result"]> {
    try {
      const client = createClient(ChatService, pick());
      const call = { headers: { authorization: await authorization() }, timeoutMs: CALL_TIMEOUT_MS, signal };
      switch (wish.kind) {
        case "post": {
          const { message } = await client.sendMessage({ to: wish.conversation, text: wish.text, clientId }, call);
          return { kind: "acknowledged", seq: Number(message?.seq ?? 0) };
        }
        case "join":
          await client.joinRoom({ room: wish.conversation, clientId }, call);
          return { kind: "unknown" };
        case "leave":
          await client.leaveRoom({ room: wish.conversation, clientId }, call);
          return { kind: "unknown" };
      }
    } catch (error) {
      const { code } = ConnectError.from(error);
      if (code === Code.Unauthenticated) token = undefined;
      if (OPEN_CODES.has(code) || code === Code.Unauthenticated) return { kind: "unknown" };
      return { kind: "refused", code: Code[code] };
    }
  }

  return {
    name,
    user,
    get caughtUpTo() {
      return watch.to;
    },
    async do(wish, attempts) {
      const clientId = uuid();
      const text = wish.kind === "post" ? wish.text : undefined;
      for (let tried = 0; tried < attempts && !signal.aborted; tried++) {
        const result = await attempt(wish, clientId);
        recorder.operation({ client: name, user, clientId, conversation: wish.conversation, text, result });
        if (result.kind !== "unknown" || wish.kind !== "post") return;
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    },
    cut: () => stream.abort(),
    async close() {
      await running;
    },
  };
}
