/** `npm run measure -- NAME [--option value …] [--json]`: one measurement; ends with 1 where a count is wrong. Without a name: what there is. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { deadPeers } from "./dead-peers.ts";
import { failover } from "./failover.ts";
import { fsync } from "./fsync.ts";
import { leader } from "./leader.ts";
import { resume } from "./resume.ts";
import { type Scenario, table } from "./scenario.ts";
import { slowReader } from "./slow-reader.ts";
import { soak } from "./soak.ts";
import { storm } from "./storm.ts";

const SCENARIOS: readonly Scenario[] = [failover, leader, resume, storm, slowReader, deadPeers, fsync, soak];

// What was started ends with this process, which a signal alone would not see to.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
const numbers = Object.fromEntries(
  SCENARIOS.flatMap(({ options }) => Object.keys(options)).map((name) => [name, { type: "string" as const }]),
);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { ...numbers, json: { type: "boolean" }, out: { type: "string" } },
});
const scenario = SCENARIOS.find(({ name }) => name === positionals[0]);
process.exitCode = scenario ? await measure(scenario) : usage();

async function measure({ name, options, run }: Scenario): Promise<number> {
  const workDir = await mkdtemp(join(tmpdir(), `chat-measure-${name}-`));
  const outDir = resolve(values.out ?? ".");
  await mkdir(outDir, { recursive: true });
  const say = (line: string): void => console.error(line);
  const option = (of: string): number => Number((values as Record<string, unknown>)[of] ?? options[of]);
  try {
    await using cleanup = new AsyncDisposableStack();
    const report = await run({ option, workDir, outDir, say, cleanup });
    if (values.json) console.log(JSON.stringify({ name, ...report }, null, 2));
    else console.log([table(report), ...(report.notes ?? [])].join("\n"));
    for (const line of report.wrong) console.error(`WRONG: ${line}`);
    return report.wrong.length > 0 ? 1 : 0;
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

function usage(): number {
  console.error("npm run measure -- NAME [--option value …] [--json] [--out FOLDER]\n");
  for (const { name, summary, options } of SCENARIOS) {
    const flags = Object.entries(options).map(([option, value]) => `--${option} ${value}`);
    console.error(`  ${name.padEnd(12)} ${summary}\n${" ".repeat(15)}${flags.join(" ")}`);
  }
  return 2;
}
