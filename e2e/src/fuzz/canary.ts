/** Stands in texts, passwords and tokens of inputs. No name or address has this form, so that no server has a reason to log it. */
const CANARY = "Zq~Canary~";

/** Stands where a number is sent instead of a text. */
const NUMBER = "907531864";

/** The canary of one input. */
export function canaryOf(input: number): string {
  return `${CANARY}${input}~`;
}

/** The same as digits. */
export function numberCanaryOf(input: number): string {
  return `${NUMBER}${String(input).padStart(7, "0")}`;
}

/** The number of the input whose canary stands in a line; undefined where there is none. */
export function canaryIn(line: string): number | undefined {
  const found = /Zq~Canary~(\d+)~/.exec(line)?.[1] ?? /907531864(\d{7})/.exec(line)?.[1];
  return found === undefined ? undefined : Number(found);
}
