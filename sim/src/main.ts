/** `npm run sim [-- --seeds 1000 --from 1]`: runs the whole system in worlds of their own. Exit code 1 when a promise broke, 2 for bad arguments. */
import { HELP, parseSimArguments, type SimArguments } from "./arguments.ts";
import { runSeeds } from "./run/run-seeds.ts";
import { shrink } from "./run/shrink.ts";
import { missing } from "./run/sometimes.ts";
import { tell } from "./run/story.ts";
import { simulate } from "./simulate.ts";

const HOUR_MS = 3_600_000;

/** Failed worlds whose story is told. */
const TOLD = 3;

function read(): SimArguments | undefined {
  try {
    return parseSimArguments(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    process.exitCode = 2;
    return undefined;
  }
}

function* seedsOf({ from, seeds }: SimArguments): Generator<number> {
  for (let seed = from; seed < from + seeds; seed++) yield seed;
}

async function runOne(seed: number, args: SimArguments): Promise<number> {
  const onLine = args.trace ? (line: string) => console.log(line) : undefined;
  const outcome = await simulate(seed, { activeMs: args.seconds * 1_000, onLine });
  const { violations, steps, virtualMs, acknowledged, deliveries, traceHash } = outcome;
  if (violations.length > 0 && !args.trace) console.log(await tell(args.shrink ? await shrink(outcome) : outcome));
  console.log(
    `seed ${seed}: ${violations.length} promises broken, ${acknowledged} actions, ${deliveries} deliveries, ${steps} steps in ${Math.round(virtualMs)} ms of its own time, trace ${traceHash.slice(0, 16)}`,
  );
  return violations.length === 0 ? 0 : 1;
}

async function runMany(args: SimArguments): Promise<number> {
  const startedAt = performance.now();
  const tally = await runSeeds({
    seeds: seedsOf(args),
    jobs: args.jobs,
    activeMs: args.seconds * 1_000,
    isLate: () => args.hours !== undefined && performance.now() - startedAt > args.hours * HOUR_MS,
    onOutcome({ seed, violations: [first] }) {
      if (first) console.log(`seed ${seed} fails: ${first.kind}: ${first.text}`);
    },
  });
  for (const outcome of tally.failed.slice(0, TOLD))
    console.log(`\n${await tell(args.shrink ? await shrink(outcome) : outcome)}`);
  const unreached = missing(tally.reached, tally.worlds);
  for (const what of unreached) console.log(`never reached in ${tally.worlds} worlds: ${what}`);
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(
    `${tally.worlds} worlds in ${seconds.toFixed(1)} s, ${Math.round(tally.virtualMs / 1_000)} s of their own time, ${tally.steps} steps, ${tally.acknowledged} actions, ${tally.deliveries} deliveries; ${tally.failed.length} failed`,
  );
  return tally.failed.length === 0 && unreached.length === 0 ? 0 : 1;
}

const args = read();
if (args?.help) console.log(HELP);
else if (args) process.exitCode = args.seed === undefined ? await runMany(args) : await runOne(args.seed, args);
