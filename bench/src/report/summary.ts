import type { Comparison, Sample } from "../scenario.ts";

/** The spread of a figure over the rounds. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly count: number;
}

/** A comparison with its figures. Undefined where one of the two was not measured. */
export interface Compared extends Comparison {
  readonly ratio: Spread | undefined;
  /** Whether the median reaches the target; undefined where there is none, or no ratio. */
  readonly reached: boolean | undefined;
}

/** @throws Error for no figures at all */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? NaN;
  if (sorted.length === 0) throw new Error("there is nothing to summarise");
  const middle = (sorted.length - 1) / 2;
  return {
    min: at(0),
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    max: at(sorted.length - 1),
    count: sorted.length,
  };
}

/** The metric of one contender over the rounds. Undefined where it was not measured. */
export function spreadOfMetric(
  samples: readonly Sample[],
  of: Pick<Sample, "contender" | "variant">,
  metric: string,
): Spread | undefined {
  const values = ofOne(samples, of).map(({ metrics }) => metrics[metric]);
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? spreadOf(known) : undefined;
}

/** The ratio of each round, then its spread: both sides of a ratio were measured within seconds of each other. */
export function compared(samples: readonly Sample[], comparison: Comparison): Compared {
  const { metric, ours, peer, target } = comparison;
  const peers = new Map(ofOne(samples, peer).map(({ round, metrics }) => [round, metrics[metric]]));
  const ratios = ofOne(samples, ours).flatMap(({ round, metrics }) => {
    const mine = metrics[metric];
    const theirs = peers.get(round);
    return mine !== undefined && theirs !== undefined && theirs > 0 ? [mine / theirs] : [];
  });
  const ratio = ratios.length > 0 ? spreadOf(ratios) : undefined;
  const reached =
    ratio && target && (target.is === "at most" ? ratio.median <= target.value : ratio.median >= target.value);
  return { ...comparison, ratio, reached };
}

function ofOne(samples: readonly Sample[], of: Pick<Sample, "contender" | "variant">): Sample[] {
  return samples.filter(({ contender, variant }) => contender === of.contender && variant === of.variant);
}
