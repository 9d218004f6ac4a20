import { delay } from "../../../server/src/environment.ts";
import { ChatError } from "../../../server/src/errors.ts";
import type { LogRecord, RecordLog } from "../../../server/src/log/record-log.ts";
import type { Link } from "../net/link.ts";
import type { Machine } from "../world/machine.ts";
import type { World } from "../world/world.ts";
import type { LogStore } from "./log-store.ts";

/** How long a record is sent again before its caller is told that nobody knows, as on NATS. */
const APPEND_MAX_MS = 10_000;

/** How long any other question is asked again. */
const ASK_MAX_MS = 5_000;

/** After so long without an answer a question is asked again. */
const ANSWER_MS = 1_000;

/** After a leader was missed, in ms. */
const NO_LEADER_MS = 200;

/** How long the log holds a reader's question where it has nothing new. */
const HOLD_MS = 2_000;

/** Records of one answer. */
const BATCH = 16;

type Answer<T> = { readonly kind: "answer"; readonly value: T } | { readonly kind: "nobody leads" };

/** The log as one server reaches it, over its link. */
export function createSimRecordLog(options: {
  world: World;
  store: LogStore;
  machine: Machine;
  link: Link;
}): RecordLog {
  const { world, store, machine, link } = options;
  const { timers } = machine.environment;
  const closing = new AbortController();
  /** A log keeps its epoch for as long as it is open. */
  const { epoch } = store;

  /** Asks once. Undefined: no answer came, and nobody knows whether the question arrived. */
  function once<T>(
    question: (answer: (value: T) => void, refuse: () => void) => void,
    maxMs: number,
    signal: AbortSignal,
  ): Promise<Answer<T> | undefined> {
    return new Promise((resolve) => {
      const end = (answer: Answer<T> | undefined): void => {
        timers.clearTimeout(timer);
        stopReset();
        signal.removeEventListener("abort", onAbort);
        resolve(answer);
      };
      const onAbort = (): void => end(undefined);
      const timer = timers.setTimeout(() => end(undefined), maxMs);
      const stopReset = link.onReset(() => machine.at(0, () => end(undefined)));
      signal.addEventListener("abort", onAbort, { once: true });
      const toMachine = (answer: Answer<T>): void => link.back(() => machine.at(0, () => end(answer)));
      link.there(() =>
        question(
          (value) => toMachine({ kind: "answer", value }),
          () => toMachine({ kind: "nobody leads" }),
        ),
      );
    });
  }

  async function ask<T>(
    what: string,
    question: (answer: (value: T) => void, refuse: () => void) => void,
    { maxMs = ASK_MAX_MS, signal }: { maxMs?: number; signal?: AbortSignal | undefined } = {},
  ): Promise<T> {
    signal?.throwIfAborted();
    if (closing.signal.aborted) throw new ChatError("unavailable", "The log is closed.");
    const ended = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal;
    const deadline = world.now + maxMs;
    while (world.now < deadline && !ended.aborted) {
      const found = await once(question, ANSWER_MS, ended);
      if (found?.kind === "answer") return found.value;
      world.reached(found ? `${what}: nobody leads` : `${what}: no answer`);
      if (!ended.aborted) await delay(timers, NO_LEADER_MS, { signal: ended }).catch(() => undefined); // seen by the loop
    }
    signal?.throwIfAborted();
    throw new ChatError("unavailable", `The log can't be reached (${what}).`, { details: { retryAfterMs: 500 } });
  }

  /** What stands after a record, once there is anything; nothing after {@link HOLD_MS}. */
  function next(after: number, signal: AbortSignal): Promise<Answer<LogRecord[]> | undefined> {
    return once<LogRecord[]>(
      (answer) => {
        const give = (): void =>
          answer(
            store.records.slice(after, after + BATCH).map((data, index) => ({ sequence: after + 1 + index, data })),
          );
        if (store.records.length > after) return give();
        const stop = store.onRecordAfter(after, give);
        world.at(HOLD_MS, () => {
          stop();
          if (store.records.length <= after) answer([]);
        });
      },
      HOLD_MS + ANSWER_MS,
      signal,
    );
  }

  async function verified(verify: () => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        return await verify();
      } catch (error) {
        if (!(error instanceof ChatError) || error.code !== "unavailable") throw error;
        await delay(timers, NO_LEADER_MS, { signal }).catch(() => undefined); // seen by the loop
      }
    }
  }

  return {
    epoch,
    append: (data, { id, signal }) =>
      ask<number>("append", (answer, refuse) => store.append(id, data, answer, refuse), {
        maxMs: APPEND_MAX_MS,
        signal,
      }),
    async *read({ after, signal, verify }) {
      const ended = AbortSignal.any([signal, closing.signal]);
      let at = after;
      while (!ended.aborted) {
        const found = await next(at, ended);
        if (ended.aborted) return;
        if (found?.kind !== "answer") {
          world.reached("a reader lost touch with the log");
          await delay(timers, NO_LEADER_MS, { signal: ended }).catch(() => undefined); // seen by the loop
          if (verify) await verified(verify, ended);
          continue;
        }
        for (const record of found.value) {
          if (ended.aborted) return;
          at = record.sequence;
          yield record;
        }
      }
    },
    get: (sequence, { signal } = {}) => ask("get", (answer) => answer(store.records[sequence - 1]), { signal }),
    head: ({ signal } = {}) => ask("head", (answer) => answer(store.head()), { signal }),
    first: ({ signal } = {}) => ask("first", (answer) => answer(1), { signal }),
    async replace(sequence, record) {
      const isThere = await ask<boolean>("replace", (answer) => {
        const stored = store.records.length >= sequence;
        if (stored) store.records[sequence - 1] = record;
        answer(stored);
      });
      if (!isThere) throw new ChatError("not_found", `There is no record ${sequence}.`);
      world.reached("a record is erased");
    },
    close: () => {
      closing.abort();
      return Promise.resolve();
    },
  };
}
