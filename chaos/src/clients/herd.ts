import { setTimeout as delay } from "node:timers/promises";
import { ChatService } from "@chat/proto/chat/v1/chat_service";
import { createClient, type Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import type { FaultProxy } from "../fault-proxy.ts";
import type { Recorder, WatchRecorder } from "../recorder.ts";
import { backoffMs } from "@chat/client";
import { recordFrame } from "./witness.ts";

/** Streams of one connection: fewer than a server takes (256). */
const STREAMS_PER_CONNECTION = 50;

/** As the SDK's, but sooner: at once after a good stream would be 2,000 calls in a turn, for ever where no server takes them. */
const RETRY = { baseMs: 500, capMs: 8_000 } as const;

/** As the SDK's: a connection of which nothing is heard any more is found out by this alone. */
const PING_INTERVAL_MS = 20_000;

/** How long all streams may take to be open. */
const OPEN_TIMEOUT_MS = 60_000;
const POLL_MS = 20;

/** A signed-in session for some of the herd's streams. */
export interface HerdSession {
  readonly user: string;
  readonly authorization: () => Promise<string>;
}

/** Many bare streams of a few people, gathered when they are wanted. */
export interface Herd {
  readonly size: number;
  /** Opens all streams. False when they are not all open in time: they go on trying. */
  gather(): Promise<boolean>;
  /** Cuts all streams at once. Resolves with the ms until all are back, undefined when they are not in time: they go on trying. */
  stampede(): Promise<number | undefined>;
  /** Streams that are wanted and not open. */
  readonly missing: number;
  /** Ends all streams. */
  leave(): Promise<void>;
}

/**
 * @param options.link their way to the servers
 * @param options.sessions shared out among the streams; a server takes 64 of one session
 */
export function createHerd(options: {
  size: number;
  link: FaultProxy;
  sessions: readonly HerdSession[];
  recorder: Recorder;
  now: () => number;
}): Herd {
  const { size, link, sessions, recorder, now } = options;
  let gathering = 0;
  let stop = new AbortController();
  let watches: WatchRecorder[] = [];
  let running: Promise<unknown> = Promise.resolve();

  async function keepStreaming(session: HerdSession, transport: Transport, watch: WatchRecorder, signal: AbortSignal) {
    const chat = createClient(ChatService, transport);
    let cursor = "";
    let failures = 0;
    while (!signal.aborted) {
      try {
        const headers = { authorization: await session.authorization() };
        for await (const frame of chat.subscribe({ cursor }, { headers, signal })) {
          recordFrame(frame, watch, recorder);
          failures = 0;
          if (frame.cursor !== "") ({ cursor } = frame);
        }
      } catch {
        // Cut, or a server that is not there: the next try may find another one.
      }
      watch.lost();
      const waitMs = backoffMs(failures++, { ...RETRY, random: Math.random });
      await delay(waitMs, undefined, { signal }).catch(() => undefined); // stopped: the loop ends
    }
    watch.ended();
  }

  /** False where that takes too long. */
  async function allOpen(): Promise<boolean> {
    const deadline = now() + OPEN_TIMEOUT_MS;
    while (!watches.every(({ isOpen }) => isOpen)) {
      if (now() > deadline) return false;
      await delay(POLL_MS);
    }
    return true;
  }

  async function leave(): Promise<void> {
    stop.abort();
    await running;
    watches = [];
  }

  return {
    size,
    async gather() {
      await leave();
      gathering++;
      stop = new AbortController();
      const { signal } = stop;
      const transports = Array.from({ length: Math.ceil(size / STREAMS_PER_CONNECTION) }, () =>
        createGrpcTransport({
          baseUrl: `http://127.0.0.1:${link.port}`,
          acceptCompression: [],
          pingIntervalMs: PING_INTERVAL_MS,
        }),
      );
      const streams = Array.from({ length: size }, (_, index) => {
        const session = sessions[index % sessions.length];
        const transport = transports[index % transports.length];
        if (!session || !transport) throw new Error("the herd has no sessions");
        const watch = recorder.watch(`herd ${gathering}/${index}`, session.user);
        return { session, transport, watch };
      });
      watches = streams.map(({ watch }) => watch);
      running = Promise.all(
        streams.map(({ session, transport, watch }) => keepStreaming(session, transport, watch, signal)),
      );
      return allOpen();
    },
    async stampede() {
      const cutAt = now();
      link.reset();
      while (watches.every(({ isOpen }) => isOpen) && now() - cutAt < OPEN_TIMEOUT_MS) await delay(1);
      return (await allOpen()) ? now() - cutAt : undefined;
    },
    get missing() {
      return watches.filter(({ isOpen }) => !isOpen).length;
    },
    leave,
  };
}
