import type { RunContext, Sample } from "./scenario.ts";
import { type Contender, type Running, type StartOptions, startContender } from "./servers/contender.ts";

/** What a scenario does with its contenders. */
export interface Plan<T> {
  readonly contenders: readonly Contender[];
  readonly variants: readonly string[];
  start(contender: Contender): StartOptions;
  /** Opens what stays open over the rounds. */
  open(running: Running): Promise<T>;
  /** One contender's turn. Not everything is measured for everybody: then undefined. */
  measure(running: Running, opened: T, variant: string): Promise<Record<string, number> | undefined>;
  /** Does what is to be measured until the code is compiled. Default: measures each variant once. */
  warmUp?(running: Running, opened: T): Promise<void>;
  close?(opened: T): Promise<void>;
}

/**
 * Starts all contenders, then has them measured in turn, round after round, each round beginning with another one: what slows the machine
 * down for a while slows down all of them, and whoever comes first or last does so by turns. What comes before the first round warms up and is not counted.
 */
export async function inRounds<T>(plan: Plan<T>, { rounds, wants, profiler, say }: RunContext): Promise<Sample[]> {
  await using stack = new AsyncDisposableStack();
  const entries: { running: Running; opened: T }[] = [];
  const starting = plan.contenders
    .filter(wants)
    .map((contender) =>
      startContender(contender, { ...plan.start(contender), ...(profiler && { execArgs: profiler.execArgs }) }),
    );
  // Those that did start are let go of, whatever became of the others.
  for (const started of await Promise.allSettled(starting))
    if (started.status === "fulfilled") stack.use(started.value);
  for (const running of await Promise.all(starting)) {
    const opened = await plan.open(running);
    stack.defer(async () => plan.close?.(opened));
    entries.push({ running, opened });
  }
  say(`started ${entries.map(({ running }) => running.contender.name).join(", ")}`);

  async function measure(running: Running, opened: T, variant: string): Promise<Record<string, number> | undefined> {
    try {
      return await plan.measure(running, opened, variant);
    } catch (cause) {
      throw new Error(`${running.contender.name} ${variant}: ${running.child.output().slice(-2_000)}`, { cause });
    }
  }

  for (const { running, opened } of entries) {
    if (plan.warmUp) await plan.warmUp(running, opened);
    else for (const variant of plan.variants) await measure(running, opened, variant);
  }
  const samples: Sample[] = [];
  for (let round = 0; round < rounds; round++) {
    const first = round % Math.max(1, entries.length);
    for (const { running, opened } of [...entries.slice(first), ...entries.slice(0, first)]) {
      const contender = running.contender.name;
      for (const variant of plan.variants) {
        const work = () => measure(running, opened, variant);
        const metrics = await (profiler && round === rounds - 1
          ? profiler.during(running.child, `${contender} ${variant}`, work)
          : work());
        if (metrics) samples.push({ variant, contender, round, metrics });
      }
    }
    say(`round ${round + 1} of ${rounds}`);
  }
  return samples;
}
