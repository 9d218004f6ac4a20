import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";

/** What `npm run sim` can be told. */
export interface SimArguments {
  /** One world alone. */
  readonly seed: number | undefined;
  /** The first of several. */
  readonly from: number;
  /** How many; Infinity where `hours` says when to stop. */
  readonly seeds: number;
  readonly hours: number | undefined;
  readonly jobs: number;
  /** How long everybody is busy in each world, in seconds of its own time. */
  readonly seconds: number;
  readonly trace: boolean;
  readonly shrink: boolean;
  readonly help: boolean;
}

/** What `--help` prints. */
export const HELP = `npm run sim -- [options]

  --seeds N       how many worlds (200)
  --from N        the first of their seeds (1)
  --hours N       as many worlds as go into so much time
  --seed N        one world alone
  --trace         print everything that happens in it
  --seconds N     how long everybody is busy in each world, in its own time (5)
  --jobs N        worlds at a time (as many as there are cores)
  --no-shrink     don't look for the smallest plan by which a world still fails
  --help          this text

Exit code 0: every promise was kept in every world. 1: one broke, or something was never reached that has to be. 2: bad arguments.`;

/** Reads the command line. @throws Error with one sentence that names the argument */
export function parseSimArguments(args: readonly string[]): SimArguments {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      seed: { type: "string" },
      from: { type: "string", default: "1" },
      seeds: { type: "string" },
      hours: { type: "string" },
      seconds: { type: "string", default: "5" },
      jobs: { type: "string", default: String(availableParallelism()) },
      trace: { type: "boolean", default: false },
      shrink: { type: "boolean", default: true },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const number = (name: "seed" | "from" | "seeds" | "hours" | "seconds" | "jobs"): number => {
    const value = Number(values[name]);
    const isWhole = name === "hours" || name === "seconds" || Number.isSafeInteger(value);
    if (!(value > 0) || !isWhole) throw new Error(`--${name} must be a number above 0`);
    return value;
  };
  const hours = values.hours === undefined ? undefined : number("hours");
  if (values.trace && values.seed === undefined) throw new Error("--trace needs --seed");
  return {
    seed: values.seed === undefined ? undefined : number("seed"),
    from: number("from"),
    seeds: values.seeds === undefined ? (hours === undefined ? 200 : Infinity) : number("seeds"),
    hours,
    jobs: number("jobs"),
    seconds: number("seconds"),
    trace: values.trace,
    shrink: values.shrink,
    help: values.help,
  };
}
