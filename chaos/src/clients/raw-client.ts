import { setTimeout as delay } from "node:timers/promises";
import { AuthService } from "@chat/proto/chat/v1/auth_service";
import { ChatService } from "@chat/proto/chat/v1/chat_service";
import { type CallOptions, Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import type { OutboxAction } from "@chat/client";
import { v7 as newId } from "uuid";
import type { Recorder } from "../recorder.ts";
import { type ChaosClient, type ChaosClientOptions, RETRY_MS } from "./chaos-client.ts";
import { createSeenMessages } from "./seen-messages.ts";
import { saysRemoved } from "./removed-account.ts";
import { createWitness } from "./witness.ts";

/** How long one call may take before its outcome counts as unknown and it is tried again with the same client_id. */
const CALL_TIMEOUT_MS = 15_000;

/** A stream that says nothing for so long is given up: two missed heartbeats. */
const SILENCE_MS = 41_000;

/** A client that can be told to stop reading. */
export interface RawClient extends ChaosClient {
  /** Takes nothing off its stream until the signal aborts. */
  stall(signal: AbortSignal): void;
  /** Asks for the removal of the account, and goes on asking with the same client_id until there is an answer. */
  leave(options: { withMessages: boolean }): Promise<void>;
  /** Aborted once a server has said that there is no such account any more: nothing more is asked for. */
  readonly gone: AbortSignal;
  /** What it was signed in with last. */
  readonly lastAuthorization: string;
}

/**
 * A client that uses the generated service and nothing else: an own cursor, an own retry, no dedupe. What it gets is recorded
 * as it comes off the wire, so a repeat by the server is seen as one.
 */
export function startRawClient(
  options: ChaosClientOptions & {
    /** gRPC goes over HTTP/2, the others over HTTP/1.1. */
    protocol: "grpc" | "grpc-web" | "connect";
    /** Whether the account may go: then a sign-in that is refused says that it has gone. */
    mayLeave?: boolean;
    recorder: Recorder;
    now: () => number;
  },
): RawClient {
  const { name, user, recorder, now } = options;
  const stop = new AbortController();
  const gone = new AbortController();
  const signal = AbortSignal.any([stop.signal, gone.signal]);
  const watch = recorder.watch(name, user);
  const seen = createSeenMessages();
  let cursor = "";
  let token: Promise<string> | undefined;
  let stalled: AbortSignal | undefined;
  let pending = 0;
  let lastAuthorization = "";

  const common = {
    baseUrl: options.baseUrl,
    acceptCompression: [],
    interceptors: [createWitness({ client: name, user, recorder, watch: () => watch })],
  };
  const transport = {
    grpc: () => createGrpcTransport(common),
    "grpc-web": () => createGrpcWebTransport({ ...common, httpVersion: "1.1" }),
    connect: () => createConnectTransport({ ...common, httpVersion: "1.1" }),
  }[options.protocol]();
  const auth = createClient(AuthService, transport);
  const chat = createClient(ChatService, transport);

  async function signIn(): Promise<string> {
    try {
      const request = { login: user, password: options.password };
      const { session } = await auth.login(request, { timeoutMs: CALL_TIMEOUT_MS, signal });
      return (lastAuthorization = `Bearer ${session?.accessToken ?? ""}`);
    } catch (error) {
      if (options.mayLeave && ConnectError.from(error).code === Code.Unauthenticated) gone.abort();
      throw error;
    }
  }

  function authorization(): Promise<string> {
    if (!token) {
      const asked = signIn();
      token = asked;
      asked.catch(() => {
        if (token === asked) token = undefined; // the caller is told; the next one asks again
      });
    }
    return token;
  }

  async function signed(): Promise<CallOptions> {
    return { headers: { authorization: await authorization() }, timeoutMs: CALL_TIMEOUT_MS, signal };
  }

  const rest = (): Promise<void> =>
    delay(RETRY_MS * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined); // stopped: the loop ends

  /** Gives whether there was an answer. */
  async function answered(call: (options: CallOptions) => Promise<unknown>): Promise<boolean> {
    try {
      await call(await signed());
      return true;
    } catch (error) {
      const { code } = ConnectError.from(error);
      if (code === Code.Unauthenticated) token = undefined;
      if (saysRemoved(error)) gone.abort();
      return [
        Code.InvalidArgument,
        Code.NotFound,
        Code.PermissionDenied,
        Code.AlreadyExists,
        Code.FailedPrecondition,
      ].includes(code);
    }
  }

  /** Tries until there is an answer. */
  async function persist(call: (options: CallOptions) => Promise<unknown>): Promise<void> {
    const askedAt = now();
    pending++;
    while (!signal.aborted && !(await answered(call))) await rest();
    pending--;
    if (!signal.aborted) recorder.sent(now() - askedAt);
  }

  function perform(action: OutboxAction, clientId: string, call: CallOptions): Promise<unknown> {
    switch (action.kind) {
      case "send": {
        const { conversation: to, text, replyTo } = action;
        return chat.sendMessage(
          { to, text, clientId, ...(replyTo !== undefined && { replyTo: BigInt(replyTo) }) },
          call,
        );
      }
      case "edit":
        return chat.editMessage({ seq: BigInt(action.seq), text: action.text, clientId }, call);
      case "delete":
        return chat.deleteMessage({ seq: BigInt(action.seq), clientId }, call);
      case "react":
        return chat.addReaction({ seq: BigInt(action.seq), emoji: action.emoji, clientId }, call);
      case "unreact":
        return chat.removeReaction({ seq: BigInt(action.seq), emoji: action.emoji, clientId }, call);
      case "pin":
        return chat.pinMessage({ seq: BigInt(action.seq), clientId }, call);
      case "unpin":
        return chat.unpinMessage({ seq: BigInt(action.seq), clientId }, call);
      case "create-room":
        return chat.createRoom({ name: action.name, title: action.title, topic: action.topic, clientId }, call);
      case "update-room": {
        const { kind: _, ...change } = action;
        return chat.updateRoom({ ...change, clientId }, call);
      }
      case "join":
        return chat.joinRoom({ room: action.room, clientId }, call);
      case "leave":
        return chat.leaveRoom({ room: action.room, clientId }, call);
    }
  }

  async function listen(): Promise<void> {
    const silence = new AbortController();
    let watchdog = setTimeout(() => silence.abort(), SILENCE_MS);
    try {
      const headers = { authorization: await authorization() };
      const frames = chat.subscribe({ cursor }, { headers, signal: AbortSignal.any([signal, silence.signal]) });
      for await (const frame of frames) {
        clearTimeout(watchdog);
        if (stalled) await untilAborted(stalled);
        watchdog = setTimeout(() => silence.abort(), SILENCE_MS);
        // In the middle of an event there is none: it is told again from the last one.
        if (frame.cursor !== "") ({ cursor } = frame);
        const { payload } = frame;
        if (payload.case !== "message") continue;
        const { seq, conversation, sender } = payload.value;
        seen.add({ seq: Number(seq), conversation, sender: Number(sender) });
      }
    } catch (error) {
      if (ConnectError.from(error).code === Code.Unauthenticated) token = undefined;
      if (saysRemoved(error)) gone.abort();
    } finally {
      clearTimeout(watchdog);
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await listen();
      await rest();
    }
    if (gone.signal.aborted) watch.ended();
  }
  const running = run();

  return {
    name,
    user,
    seen,
    act(action) {
      const clientId = newId();
      return persist((call) => perform(action, clientId, call));
    },
    rename(username) {
      const clientId = newId();
      return persist((call) => auth.updateProfile({ username, clientId }, call));
    },
    async read(conversation) {
      await answered((call) => chat.listMessages(conversation === undefined ? {} : { conversation }, call));
    },
    async signInAnew() {
      await answered((call) => auth.logout({}, call));
      token = undefined;
    },
    crash: undefined,
    stall(until) {
      stalled = until;
    },
    async leave({ withMessages }) {
      const request = { password: options.password, withMessages, clientId: newId() };
      await persist(async (call) => {
        await auth.deleteAccount(request, call);
        gone.abort();
      });
    },
    gone: gone.signal,
    get lastAuthorization() {
      return lastAuthorization;
    },
    get pending() {
      return pending;
    },
    get unsent() {
      return `${pending} actions`;
    },
    get isLive() {
      return watch.isOpen;
    },
    get caughtUpTo() {
      return watch.to;
    },
    async close() {
      stop.abort();
      watch.ended(!gone.signal.aborted);
      await running;
    },
  };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
