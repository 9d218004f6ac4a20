/** `npm run bench -- [scenario …] [--rounds 5] [--quick] [--only pattern] [--profile]` */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../../scripts/paths.ts";
import { createProfiler } from "./profile/profiler.ts";
import { machineLine, thisMachine } from "./report/machine.ts";
import { figuresTable, ratiosTable } from "./report/tables.ts";
import { SCENARIOS } from "./scenarios/index.ts";

const RESULTS = join(ROOT, "bench/results");
/** Rounds of a run that may go on record. */
const RECORD_ROUNDS = 5;
const PROFILES = join(ROOT, ".cache/bench/profiles");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    profile: { type: "boolean", default: false },
  },
});
const unknown = positionals.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `no such scenario: ${unknown.join(", ")}; there are ${SCENARIOS.map(({ name }) => name).join(", ")}\n`,
  );
  process.exit(2);
}
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const only = new RegExp(values.only);
process.setMaxListeners(0); // each process of a run ends with this one, however that ends
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));
const machine = await thisMachine(new Date());
const chosen = SCENARIOS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
process.stdout.write(`${machineLine(machine)}\n`);

for (const scenario of chosen) {
  process.stdout.write(`\n## ${scenario.name}\n\n${scenario.title}.\n\n`);
  const measured = await scenario.run({
    rounds: values.quick ? 1 : Number(values.rounds),
    quick: values.quick,
    wants: ({ name }) => only.test(name),
    profiler: values.profile ? createProfiler({ directory: PROFILES, say }) : undefined,
    say: (line) => say(`${scenario.name}: ${line}`),
  });
  const report = `${figuresTable(measured)}\n\n${ratiosTable(measured)}\n`;
  process.stdout.write(report);
  // What was cut short, filtered or slowed down by a profiler is for looking at, not for the record.
  if (values.quick || values.profile || values.only !== "" || Number(values.rounds) < RECORD_ROUNDS) continue;
  await mkdir(RESULTS, { recursive: true });
  await writeFile(
    join(RESULTS, `${scenario.name}.json`),
    `${JSON.stringify({ scenario: scenario.name, title: scenario.title, machine, ...measured }, undefined, 1)}\n`,
  );
}
