import { type Outcome, simulate, type SimulateOptions } from "../simulate.ts";

/** Lines before the first broken promise that are told. */
const LINES_BEFORE = 60;

/** Broken promises that are told of one world. */
const TOLD = 10;

/** What a failed world did, in words: its plan, how it came to the first broken promise, and how to see more. */
export async function tell(failed: Outcome, options: Pick<SimulateOptions, "wrapEngine"> = {}): Promise<string> {
  const { seed, plan, violations } = failed;
  const lines: string[] = [];
  await simulate(seed, { ...options, plan, onLine: (line) => void lines.push(line) });
  const end = lines.findIndex((line) => line.includes("BROKEN: "));
  const before = lines.slice(Math.max(0, end - LINES_BEFORE), end + 1);
  return [
    `seed ${seed} breaks ${violations.length} promises. Everybody is busy for ${Math.round(plan.activeMs)} ms, and meanwhile:`,
    ...plan.faults.map(({ atMs, ...fault }) => `  ${Math.round(atMs)} ms  ${describe(fault)}`),
    "What is broken:",
    ...violations.slice(0, TOLD).map(({ kind, text }) => `  ${kind}: ${text}`),
    ...(violations.length > TOLD ? [`  and ${violations.length - TOLD} more`] : []),
    `How it came to the first of them, in ms of that world:`,
    ...before.map((line) => `  ${line}`),
    `All of it, as the seed draws it: npm run sim -- --seed ${seed} --trace`,
  ].join("\n");
}

function describe({ kind, ...where }: { readonly kind: string } & Readonly<Record<string, unknown>>): string {
  const details = Object.entries(where).map(
    ([name, value]) =>
      `${name} ${typeof value === "number" ? Math.round(value) + (name === "forMs" ? 0 : 1) : String(value)}`,
  );
  return [kind, ...details].join(", ").replace(/forMs (\d+)/, "for $1 ms");
}
