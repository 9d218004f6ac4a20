/** In so many worlds everything has to be reached at least once; in fewer nothing is asked. */
const WORLDS = 100;

/** What a run has to reach sometimes: where it does not, the worlds are too kind to show anything. */
export const SOMETIMES: readonly string[] = [];

/** What was not reached, though it has to be in so many worlds. */
export function missing(reached: ReadonlyMap<string, number>, worlds: number): readonly string[] {
  return worlds < WORLDS ? [] : SOMETIMES.filter((what) => !reached.has(what));
}
