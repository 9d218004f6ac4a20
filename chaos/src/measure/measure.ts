import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { account } from "./account.ts";
import { attacks } from "./attacks.ts";
import { deadPeers } from "./dead-peers.ts";
import { failover } from "./failover.ts";
import { fsync } from "./fsync.ts";
import { leader } from "./leader.ts";
import { resume } from "./resume.ts";
import { type Scenario, table } from "./scenario.ts";
import { slowReader } from "./slow-reader.ts";
import { soak } from "./soak.ts";
import { storm } from "./storm.ts";

const SCENARIOS: readonly Scenario[] = [
  failover,
  leader,
  resume,
  storm,
  slowReader,
  deadPeers,
  attacks,
  account,
  fsync,
  soak,
];

/** What `npm run chaos -- measure` prints without a name. */
const HELP = [
  "npm run chaos -- measure NAME [--option N …] [--json] [--out FOLDER]\n",
  ...SCENARIOS.map(({ name, summary, options }) => {
    const flags = Object.entries(options).map(([option, value]) => `--${option} ${value}`);
    return `  ${name.padEnd(12)} ${summary}\n${" ".repeat(15)}${flags.join(" ")}`;
  }),
  "\nExit code 0: every count was right, whatever the times. 1: one was wrong. 2: bad arguments.",
].join("\n");

/** Runs what `npm run chaos -- measure …` asks for. Returns the exit code: 1 where a count is wrong, 2 for bad arguments. */
export async function measure(args: readonly string[]): Promise<number> {
  const read = readArguments(args);
  if (typeof read === "string") {
    console.error(read);
    return 2;
  }
  // Each process that was started has a listener that ends it with this one.
  process.setMaxListeners(64);
  // What was started ends with this process, which a signal alone would not see to.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  const { scenario, option, json, outDir } = read;
  const workDir = await mkdtemp(join(tmpdir(), `chat-measure-${scenario.name}-`));
  await mkdir(outDir, { recursive: true });
  const say = (line: string): void => console.error(line);
  try {
    await using cleanup = new AsyncDisposableStack();
    const report = await scenario.run({ option, workDir, outDir, say, cleanup });
    if (json) console.log(JSON.stringify({ name: scenario.name, ...report }, null, 2));
    else console.log([table(report), ...(report.notes ?? [])].join("\n"));
    for (const line of report.wrong) console.error(`WRONG: ${line}`);
    return report.wrong.length > 0 ? 1 : 0;
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

interface Asked {
  readonly scenario: Scenario;
  readonly option: (name: string) => number;
  readonly json: boolean;
  readonly outDir: string;
}

/** The arguments, or what to tell whoever gave them. */
function readArguments([name, ...rest]: readonly string[]): Asked | string {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (!scenario) return HELP;
  const numbers = Object.fromEntries(Object.keys(scenario.options).map((of) => [of, { type: "string" as const }]));
  try {
    const { values } = parseArgs({
      args: rest,
      options: { ...numbers, json: { type: "boolean", default: false }, out: { type: "string", default: "." } },
    });
    const given = new Map<string, number>(Object.entries(scenario.options));
    for (const of of given.keys()) {
      const text = (values as Record<string, unknown>)[of];
      if (text !== undefined) given.set(of, Number(text));
      if (!Number.isFinite(given.get(of))) throw new Error(`--${of} must be a number.`);
    }
    return { scenario, option: (of) => given.get(of) ?? NaN, json: values.json, outDir: resolve(values.out) };
  } catch (error) {
    return `${(error as Error).message}\n\n${HELP}`;
  }
}
