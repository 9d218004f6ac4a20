import type { Profiler } from "./profile/profiler.ts";
import type { Contender } from "./servers/contender.ts";

/** One thing that is measured, for several contenders in turn. */
export interface Scenario {
  readonly name: string;
  /** What is measured, in a sentence. */
  readonly title: string;
  run(context: RunContext): Promise<Measured>;
}

/** How a run was asked for. */
export interface RunContext {
  /** Rounds; in each every contender has its turn. */
  readonly rounds: number;
  /** Small figures: shows that it works, says little about speed. */
  readonly quick: boolean;
  /** Leaves contenders out. */
  wants(contender: Contender): boolean;
  /** Present where profiles are asked for. */
  readonly profiler: Profiler | undefined;
  /** Progress, for whoever looks on. */
  say(line: string): void;
}

/** Figures of one contender in one round. Names carry their unit. */
export interface Sample {
  /** Distinguishes several settings of one scenario; empty where there is one. */
  readonly variant: string;
  readonly contender: string;
  readonly round: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** A ratio that is judged: the same metric of two samples of each round. */
export interface Comparison {
  readonly label: string;
  readonly metric: string;
  readonly ours: Pick<Sample, "contender" | "variant">;
  readonly peer: Pick<Sample, "contender" | "variant">;
  readonly target?: { readonly is: "at most" | "at least"; readonly value: number };
}

/** What a scenario came to. */
export interface Measured {
  readonly samples: readonly Sample[];
  readonly comparisons: readonly Comparison[];
  /** The metrics worth a column, in order. */
  readonly columns: readonly string[];
  /** What a reader of the table has to know. */
  readonly notes: readonly string[];
}
