import type { Plan } from "../plan.ts";
import { type Outcome, simulate, type SimulateOptions } from "../simulate.ts";

/** Worlds that are tried at most. */
const TRIES = 60;

/** Below this it makes no sense to be busy, in ms. */
const ACTIVE_MIN_MS = 300;

/**
 * Looks for a smaller plan by which the world of this seed still breaks a promise of the same kind: shorter, with fewer faults.
 * @param failed what came of the plan as it was drawn
 */
export async function shrink(failed: Outcome, options: Pick<SimulateOptions, "wrapEngine"> = {}): Promise<Outcome> {
  const kinds = new Set(failed.violations.map(({ kind }) => kind));
  let smallest = failed;
  let tries = 0;

  async function fails(plan: Plan): Promise<boolean> {
    if (tries++ >= TRIES) return false;
    const outcome = await simulate(failed.seed, { ...options, plan });
    if (!outcome.violations.some(({ kind }) => kinds.has(kind))) return false;
    smallest = outcome;
    return true;
  }

  let isSmaller = true;
  while (isSmaller && tries < TRIES) {
    isSmaller = false;
    for (const plan of smallerPlans(smallest.plan)) {
      if (await fails(plan)) {
        isSmaller = true;
        break;
      }
    }
  }
  return smallest;
}

/** The boldest first. */
function* smallerPlans({ activeMs, faults }: Plan): Generator<Plan> {
  for (const part of [0.5, 0.8]) {
    const shorter = activeMs * part;
    if (shorter >= ACTIVE_MIN_MS) yield { activeMs: shorter, faults: faults.filter(({ atMs }) => atMs < shorter) };
  }
  const half = Math.ceil(faults.length / 2);
  if (half > 1) {
    yield { activeMs, faults: faults.slice(half) };
    yield { activeMs, faults: faults.slice(0, half) };
  }
  for (const fault of faults) yield { activeMs, faults: faults.filter((each) => each !== fault) };
}
