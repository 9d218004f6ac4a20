/**
 * `npm run chaos [-- --seconds 60 --seed N --engine nats|embedded]`: proves the promises under faults. `npm run chaos -- measure NAME`: measures what
 * one of them takes. Exit code 1 when one broke, 2 for bad arguments.
 */
import { randomInt } from "node:crypto";
import { HELP, parseChaosArguments, type ChaosArguments } from "./arguments.ts";
import { measure } from "./measure/measure.ts";
import { printSummary } from "./print-summary.ts";
import { runEmbedded } from "./embedded/run-embedded.ts";
import { runNats } from "./run-nats.ts";

// What was started ends with this process, which a signal alone would not see to, nor a second one while it is being seen to.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));

function read(): ChaosArguments | undefined {
  try {
    return parseChaosArguments(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    process.exitCode = 2;
    return undefined;
  }
}

const isMeasuring = process.argv[2] === "measure";
if (isMeasuring) process.exitCode = await measure(process.argv.slice(3));
const args = isMeasuring ? undefined : read();
if (args?.help) console.log(HELP);
else if (args) {
  const seed = args.seed ?? randomInt(1, 1_000_000);
  console.log(`chaos: ${args.engine}, ${args.seconds} s, seed ${seed}`);
  const run = args.engine === "embedded" ? runEmbedded : runNats;
  const summary = await run({ ...args, seed, say: (line) => console.log(line) });
  console.log(`\n${printSummary(summary)}`);
  process.exit(summary.violations.length === 0 ? 0 : 1);
}
