import { setTimeout as delay } from "node:timers/promises";
import { type Fault, type FaultContext, type Lane, LANES } from "./faults/fault.ts";
import { createRandom } from "./random.ts";

/** One fault of the plan. */
export interface PlannedFault {
  /** Counts all faults of the plan; names the chance it draws from. */
  readonly number: number;
  readonly fault: Fault;
  /** Not before this, in ms since the start. The lane's fault before it must be over too. */
  readonly atMs: number;
  readonly lastsMs: number;
}

/** Quiet after a fault, by lane, in ms. The nodes have the most kinds, so the shortest. */
const GAP_MS: Readonly<Record<Lane, readonly [number, number]>> = {
  nodes: [2_000, 5_000],
  servers: [5_000, 14_000],
  "server-links": [6_000, 16_000],
  "client-links": [6_000, 16_000],
  clients: [5_000, 12_000],
};

/** No fault takes more than this share of the run. */
const LONGEST_SHARE = 1 / 8;

/** Nothing begins so shortly before the end. */
const LAST_START_MS = 3_000;

/** A lane whose faults took longer than planned rests at least so long between two. */
const REST_MS = 2_000;

/**
 * What goes wrong when: the same for the same seed and length. Each lane deals its kinds like a deck of cards, so that every kind comes before any
 * comes again; the lanes run side by side.
 */
export function planFaults(options: { seed: number; seconds: number; faults: readonly Fault[] }): PlannedFault[] {
  const { seed, seconds, faults } = options;
  const planned: Omit<PlannedFault, "number">[] = [];
  for (const lane of LANES) {
    const random = createRandom(seed, `lane ${lane}`);
    const kinds = faults.filter((fault) => fault.lane === lane);
    let deck: Fault[] = [];
    let atMs = random.int(500, 6_000);
    while (kinds.length > 0 && atMs < seconds * 1_000 - LAST_START_MS) {
      if (deck.length === 0) deck = random.shuffled(kinds);
      const fault = deck.shift();
      if (!fault) break;
      const [least, most] = fault.lasts;
      const longestMs = Math.max(least, Math.min(most, seconds * LONGEST_SHARE)) * 1_000;
      const lastsMs = random.int(least * 1_000, longestMs);
      planned.push({ fault, atMs, lastsMs });
      atMs += lastsMs + random.int(...GAP_MS[lane]);
    }
  }
  return planned.sort((one, other) => one.atMs - other.atMs).map((each, index) => ({ number: index + 1, ...each }));
}

/** Carries the plan out. Resolves when every fault that began is over. What did not begin before the end is left out. */
export async function carryOut(options: {
  plan: readonly PlannedFault[];
  seed: number;
  seconds: number;
  context: FaultContext;
  now: () => number;
  onBegin: (planned: PlannedFault) => void;
  /** `injected` is false where it found nothing to harm. */
  onEnd: (planned: PlannedFault, injected: boolean) => void;
  onFailure: (planned: PlannedFault, error: unknown) => void;
}): Promise<void> {
  const { plan, context, now, seed } = options;
  const startedAt = now();
  const elapsed = (): number => now() - startedAt;
  async function runLane(lane: Lane): Promise<void> {
    let isFirst = true;
    for (const planned of plan.filter(({ fault }) => fault.lane === lane)) {
      await delay(Math.max(isFirst ? 0 : REST_MS, planned.atMs - elapsed()));
      isFirst = false;
      if (elapsed() > options.seconds * 1_000 - LAST_START_MS / 2) return;
      options.onBegin(planned);
      try {
        const undo = await planned.fault.inject(context, createRandom(seed, `fault ${planned.number}`));
        if (undo) {
          await delay(planned.lastsMs);
          await undo();
        }
        options.onEnd(planned, undo !== undefined);
      } catch (error) {
        options.onFailure(planned, error);
      }
    }
  }
  await Promise.all(LANES.map(runLane));
}
