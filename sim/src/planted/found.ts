import { type Outcome, simulate, type SimulateOptions } from "../simulate.ts";

/** A planted mistake has to be found within so many worlds. */
const WORLDS = 50;

/** Runs worlds until one fails in such words. Undefined: none of {@link WORLDS} did. */
export async function found(options: SimulateOptions = {}, words = /./): Promise<Outcome | undefined> {
  for (let seed = 1; seed <= WORLDS; seed++) {
    const outcome = await simulate(seed, { activeMs: 3_000, ...options });
    if (outcome.violations.some(({ text }) => words.test(text))) return outcome;
  }
  return undefined;
}

/** Kinds of the promises that a world broke. */
export function kindsOf(outcome: Outcome | undefined): readonly string[] {
  return [...new Set(outcome?.violations.map(({ kind }) => kind))].sort();
}
