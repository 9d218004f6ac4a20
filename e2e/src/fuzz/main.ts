/** `npm run fuzz [-- --inputs N --seed S --from N]`: sends inputs that are drawn from a seed to a server of its own. Exit code 1 where something is wrong. */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { fuzz } from "./fuzz.ts";
import type { Input } from "./input.ts";
import { reproOf } from "./repro.ts";

const HELP = `npm run fuzz [-- options]

  --inputs N   how many inputs (3000)
  --seed S     the same seed gives the same inputs (made up, and printed)
  --from N     the first input's number (0): with --inputs 1 that input alone

Exit code 0: nothing is wrong. 1: something is; what, and the smallest input that shows it, is printed. 2: bad arguments.`;

function read(): { inputs: number; seed: number; from: number } | undefined {
  try {
    const { values } = parseArgs({
      options: { inputs: { type: "string" }, seed: { type: "string" }, from: { type: "string" } },
    });
    const whole = (name: keyof typeof values, fallback: number): number => {
      const text = values[name] ?? String(fallback);
      if (!/^\d+$/.test(text)) throw new Error(`--${name} must be a whole number.`);
      return Number(text);
    };
    return { inputs: whole("inputs", 3_000), seed: whole("seed", randomInt(1, 1_000_000)), from: whole("from", 0) };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    process.exitCode = 2;
    return undefined;
  }
}

const PLACES_SHOWN = 8;
/** Where a finding was made, each place with its first input. */
function placesOf(places: ReadonlyMap<string, Input>): string {
  const shown = [...places].slice(0, PLACES_SHOWN).map(([place, { number }]) => `${place} ${number}`);
  return `${shown.join(", ")}${places.size > PLACES_SHOWN ? " …" : ""}`;
}

const args = read();
if (args) {
  console.log(`fuzz: ${args.inputs} inputs from ${args.from}, seed ${args.seed}`);
  const startedAt = performance.now();
  const { findings, sent, states, resources } = await fuzz({
    ...args,
    say: () => {},
  });
  for (const { kind, input, detail, times, places } of findings) {
    const number = input === undefined ? "" : `, input ${input.number}`;
    console.log(`\nFOUND ${kind} (${times} times; seed ${args.seed}${number})\n  ${detail}`);
    if (places.size > 1) console.log(`  at ${placesOf(places)}`);
    if (!input) continue;
    for (const line of reproOf(input)) console.log(`  ${line}`);
    console.log(`  npm run fuzz -- --seed ${args.seed} --from ${input.number} --inputs 1`);
  }
  const outcome = Object.entries(states).map(([state, count]) => `${count} ${state}`);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`\nfuzz: ${sent} inputs in ${seconds} s: ${outcome.join(", ")}; ${resources}`);
  console.log(findings.length === 0 ? "fuzz: nothing is wrong" : `fuzz: ${findings.length} findings`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
