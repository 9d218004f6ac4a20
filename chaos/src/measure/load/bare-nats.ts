import {
  jetstream,
  type JetStreamClient,
  jetstreamManager,
  type JetStreamManager,
  StorageType,
} from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { setTimeout as delay } from "node:timers/promises";
import { monotonicMs } from "../figures.ts";

/** The chat's log, and a stream like it that nobody but this client uses. */
const CHAT = { stream: "CHAT_LOG", subject: "chat.log" };
const BARE = { stream: "BARE", subject: "bare.log" };

const EVERY_MS = 50;
const ATTEMPT_MS = 2_000;
const ALIGN_MS = 60_000;
/** JetStream's word for a record that is meant for another stream: whoever says it leads the stream. */
const OTHER_STREAM = 10_060;

/** A client of NATS and nothing else: how soon can anybody have a record acknowledged? */
export interface BareNats extends AsyncDisposable {
  /** Waits until both streams are whole and have the same leader, and gives its name. @throws Error after a minute */
  alignLeaders(): Promise<string>;
  /**
   * Publishes until it is stopped: as many writers as the chat has, each a record when the one before is acknowledged and a pause is over, so that the followers of both streams
   * are as far behind when their leader dies; and a record every 50 ms that waits for none before it.
   */
  start(load: { writers: number; pauseMs: number }): void;
  stop(): void;
  /** Times of acknowledgements by the bare stream. */
  readonly acknowledged: readonly number[];
  /** Times at which the leader of the chat's own stream answered (it refused: nothing is stored). */
  readonly answered: readonly number[];
}

/** Connects and makes the bare stream with three replicas. */
export async function startBareNats(servers: readonly string[]): Promise<BareNats> {
  const connection = await connect({
    servers: [...servers],
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
  });
  const js = jetstream(connection, { timeout: ATTEMPT_MS });
  const jsm = await jetstreamManager(connection, { timeout: ATTEMPT_MS });
  await jsm.streams.add({ name: BARE.stream, subjects: [BARE.subject], storage: StorageType.File, num_replicas: 3 });
  const acknowledged: number[] = [];
  const answered: number[] = [];
  let timer: NodeJS.Timeout | undefined;
  const stopped = new AbortController();

  async function write(pauseMs: number): Promise<void> {
    while (!stopped.signal.aborted) {
      if (await isStored(js)) acknowledged.push(monotonicMs());
      await delay(pauseMs);
    }
  }

  function stop(): void {
    stopped.abort();
    clearInterval(timer);
  }

  return {
    alignLeaders: () => alignLeaders(connection, jsm),
    start({ writers, pauseMs }) {
      for (let count = 0; count < writers; count++) void write(pauseMs);
      timer = setInterval(() => {
        void isStored(js).then((stored) => stored && acknowledged.push(monotonicMs()));
        void isAnswered(js).then((answer) => answer && answered.push(monotonicMs()));
      }, EVERY_MS);
    },
    stop,
    acknowledged,
    answered,
    async [Symbol.asyncDispose]() {
      stop();
      await connection.close();
    },
  };
}

async function isStored(js: JetStreamClient): Promise<boolean> {
  try {
    await js.publish(BARE.subject, "x".repeat(200), { timeout: ATTEMPT_MS, retries: 0 });
    return true;
  } catch {
    return false; // no leader, no answer or no connection: the next one will tell
  }
}

async function isAnswered(js: JetStreamClient): Promise<boolean> {
  try {
    await js.publish(CHAT.subject, "", { timeout: ATTEMPT_MS, retries: 0, expect: { streamName: BARE.stream } });
    throw new Error("the chat's log took a record that was not meant for it");
  } catch (error) {
    return (error as { code?: unknown }).code === OTHER_STREAM;
  }
}

async function alignLeaders(connection: NatsConnection, jsm: JetStreamManager): Promise<string> {
  for (const until = monotonicMs() + ALIGN_MS; monotonicMs() < until; await delay(250)) {
    try {
      const [chat, bare] = await Promise.all([CHAT, BARE].map(({ stream }) => jsm.streams.info(stream)));
      const isWhole = [chat, bare].every((info) => info?.cluster?.replicas?.every(({ current }) => current));
      if (!isWhole || chat?.cluster?.leader === undefined) continue;
      if (chat.cluster.leader === bare?.cluster?.leader) return chat.cluster.leader;
      await connection.request(`$JS.API.STREAM.LEADER.STEPDOWN.${BARE.stream}`, "", { timeout: ATTEMPT_MS });
    } catch {
      // An election is under way: asked again in a moment.
    }
  }
  throw new Error("the two streams did not get the same leader");
}
