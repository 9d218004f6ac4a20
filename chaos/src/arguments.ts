import { parseArgs } from "node:util";

/** What `npm run chaos` can be told. */
export interface ChaosArguments {
  readonly engine: "nats" | "embedded";
  readonly seconds: number;
  /** Undefined: one is made up, and printed. */
  readonly seed?: number;
  /** Kinds of faults to inject; absent: all. */
  readonly only?: readonly string[];
  /** How many streams reconnect at once. */
  readonly herdSize?: number;
  readonly keep: boolean;
  readonly help: boolean;
}

/** What `--help` prints. */
export const HELP = `npm run chaos -- [options]

  --engine nats|embedded   what the servers stand on (nats)
  --seconds N              how long things break (60)
  --seed N                 the same seed plans the same faults and actions (made up, and printed)
  --only KIND,KIND         only faults of these kinds (all)
  --herd N                 streams that reconnect at once (2000)
  --keep                   keep histories and logs of a run that passed too
  --help                   this text

npm run chaos -- measure   what can be measured by itself, and how

Exit code 0: every promise was kept. 1: one broke; what and where the evidence is stands in the summary. 2: bad arguments.`;

/** Reads the command line. @throws Error with one sentence that names the argument */
export function parseChaosArguments(args: readonly string[]): ChaosArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      engine: { type: "string", default: "nats" },
      seconds: { type: "string", default: "60" },
      seed: { type: "string" },
      only: { type: "string" },
      herd: { type: "string" },
      keep: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { engine } = values;
  if (engine !== "nats" && engine !== "embedded") throw new Error("--engine must be nats or embedded.");
  return {
    engine,
    seconds: wholeNumber("--seconds", values.seconds, 1),
    ...(values.seed !== undefined && { seed: wholeNumber("--seed", values.seed, 0) }),
    ...(values.only !== undefined && { only: values.only.split(",") }),
    ...(values.herd !== undefined && { herdSize: wholeNumber("--herd", values.herd, 1) }),
    keep: values.keep,
    help: values.help,
  };
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least) throw new Error(`${name} must be a whole number from ${least}.`);
  return value;
}
