/** `npm run bench -- [scenario …] [--rounds 5] [--quick] [--only pattern] [--profile]`, `npm run bench -- simulate`; see `docs/performance.md`. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { ROOT, tool } from "../../scripts/paths.ts";
import { createProfiler } from "./profile/profiler.ts";
import { replaceIn, targetsTable, figuresSections } from "./report/document.ts";
import { type Machine, machineLine, thisMachine } from "./report/machine.ts";
import { readRecords, record } from "./report/record.ts";
import { figuresTable, ratiosTable } from "./report/tables.ts";
import type { Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios/index.ts";
import { simulate } from "./simulate/simulate.ts";

const RESULTS = join(ROOT, "bench/results");
const PROFILES = join(ROOT, ".cache/bench/profiles");
const PERFORMANCE = join(ROOT, "docs/performance.md");
const SCALE = join(ROOT, "docs/scale.md");
/** Rounds of a run that may go on record. */
const RECORD_ROUNDS = 5;
const SIMULATE = "simulate";
const NAMES = SCENARIOS.map(({ name }) => name);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: String(RECORD_ROUNDS) },
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    profile: { type: "boolean", default: false },
  },
});
const rounds = values.quick ? 1 : Number(values.rounds);
const unknown = positionals.filter((name) => name !== SIMULATE && !NAMES.includes(name));
if (unknown.length > 0 || !(rounds >= 1)) {
  process.stderr.write(`there are ${[...NAMES, SIMULATE].join(", ")}; --rounds takes a number\n`);
  process.exit(2);
}
/** What was cut short, filtered or slowed down by a profiler is for looking at, not for the record. */
const isForRecord = !values.quick && !values.profile && values.only === "" && rounds >= RECORD_ROUNDS;
const only = new RegExp(values.only);
process.setMaxListeners(0); // each process of a run ends with this one, however that ends
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function measure(scenario: Scenario, machine: Machine): Promise<void> {
  process.stdout.write(`\n## ${scenario.name}\n\n${scenario.title}.\n\n`);
  const measured = await scenario.run({
    rounds,
    quick: values.quick,
    wants: ({ name }) => only.test(name),
    profiler: values.profile ? createProfiler({ directory: PROFILES, say }) : undefined,
    say: (line) => say(`${scenario.name}: ${line}`),
  });
  process.stdout.write(`${figuresTable(measured)}\n\n${ratiosTable(measured)}\n`);
  if (isForRecord) await record(RESULTS, scenario, machine, measured);
}

/** Rewrites what the documents say of the figures on record. */
async function updateDocuments(): Promise<void> {
  const records = await readRecords(RESULTS, NAMES);
  const { costs, deployments } = simulate(records);
  await replaceIn(PERFORMANCE, { targets: targetsTable(records), figures: figuresSections(records) });
  await replaceIn(SCALE, { costs, deployments });
  await promisify(execFile)(tool("prettier"), ["--write", PERFORMANCE, SCALE], { cwd: ROOT });
  process.stdout.write(`\n${deployments}\n`);
}

if (positionals.includes(SIMULATE)) {
  await updateDocuments();
} else {
  const machine = await thisMachine(new Date());
  process.stdout.write(`${machineLine(machine)}\n`);
  const failed: string[] = [];
  for (const scenario of SCENARIOS) {
    if (positionals.length > 0 && !positionals.includes(scenario.name)) continue;
    try {
      await measure(scenario, machine);
    } catch (error) {
      // The others are still worth their time.
      failed.push(scenario.name);
      process.stderr.write(`${scenario.name} failed: ${(error as Error).stack ?? String(error)}\n`);
      if (error instanceof Error && error.cause) say(String(error.cause));
    }
  }
  if (isForRecord) await updateDocuments();
  if (failed.length > 0) {
    process.stderr.write(`failed: ${failed.join(", ")}\n`);
    process.exitCode = 1;
  }
}
