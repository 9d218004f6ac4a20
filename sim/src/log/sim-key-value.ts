import { delay } from "../../../server/src/environment.ts";
import { ChatError } from "../../../server/src/errors.ts";
import type { KeyValue, KeyValueStore } from "../../../server/src/key-value.ts";
import {
  type createKeyValueMemory,
  createMemoryKeyValueStore,
} from "../../../server/src/testing/memory-key-value-store.ts";
import type { Link } from "../net/link.ts";
import type { Machine } from "../world/machine.ts";
import type { World } from "../world/world.ts";

/** What all stores of a world stand on. */
export type KeyValueMemory = ReturnType<typeof createKeyValueMemory>;

/** How long an operation may take. */
const ANSWER_MS = 5_000;

/** How long it takes to connect again. */
const RECONNECT_MS = 50;

/** A store of one server that can also lose touch with its watches. */
export interface SimKeyValueStore extends KeyValueStore {
  /** Watches hear nothing for so long, then get the whole bucket again. */
  cutWatches(forMs: number): void;
}

/** The buckets as one server reaches them, over its link. */
export function createSimKeyValue(options: {
  world: World;
  memory: KeyValueMemory;
  machine: Machine;
  link: Link;
  /** Of so many of a thousand operations the answer is lost. */
  loseAnswerPerMille: number;
}): SimKeyValueStore {
  const { world, memory, machine, link, loseAnswerPerMille } = options;
  const { timers } = machine.environment;
  const store = createMemoryKeyValueStore({ memory });

  /** Does it at the other end. Where no answer comes, nobody knows whether it was done. */
  function over<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const lost = (): void => {
        world.reached("an answer of the buckets is lost");
        stopReset();
        reject(new ChatError("unavailable", "The buckets can't be reached.", { details: { retryAfterMs: 500 } }));
      };
      const timer = timers.setTimeout(lost, ANSWER_MS);
      const stopReset = link.onReset(() =>
        machine.at(0, () => {
          timers.clearTimeout(timer);
          lost();
        }),
      );
      const answer = (tell: () => void): void => {
        if (!world.isCalm && machine.chance.int(0, 999) < loseAnswerPerMille) return;
        link.back(() =>
          machine.at(0, () => {
            timers.clearTimeout(timer);
            stopReset();
            tell();
          }),
        );
      };
      link.there(() => {
        work().then(
          (value) => answer(() => resolve(value)),
          (error: unknown) => answer(() => reject(error as Error)),
        );
      });
    });
  }

  /** A change is on its way; where the link is reset meanwhile it comes once there is another connection. */
  function underWay(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const stopReset = link.onReset(() => machine.at(RECONNECT_MS, resolve));
      signal.addEventListener("abort", () => resolve(), { once: true });
      link.back(() =>
        machine.at(0, () => {
          stopReset();
          resolve();
        }),
      );
    });
  }

  return {
    async bucket(name) {
      const bucket = await store.bucket(name);
      return {
        get: (key) => over(() => bucket.get(key)),
        create: (key, value) => over(() => bucket.create(key, value)),
        update: (key, value, revision) => over(() => bucket.update(key, value, revision)),
        delete: (key, revision) => over(() => bucket.delete(key, revision)),
        erase: (key, revision) => over(() => bucket.erase(key, revision)),
        async *watch({ signal }) {
          let isCurrent = false;
          for await (const change of bucket.watch({ signal })) {
            // What is there already comes at once, what changes later over the link.
            if (isCurrent) await underWay(signal);
            else if (change.state === "current") await delay(timers, 1);
            isCurrent ||= change.state === "current";
            if (signal.aborted) return;
            yield change;
          }
        },
      } satisfies KeyValue;
    },
    close: () => store.close(),
    cutWatches(forMs) {
      store.disconnectWatches();
      machine.at(forMs, () => {
        world.reached("a watch goes on after it was cut");
        store.reconnectWatches();
      });
    },
  };
}
