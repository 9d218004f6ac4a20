import { createRandom, type Random } from "../../../chaos/src/random.ts";

/** Chance of one part of a world, by a seed: what one part draws changes nothing for another. */
export interface Chance extends Random {
  /** At least 0, less than 1. */
  unit(): number;
  /** Whether something comes to pass that does so with this probability. */
  happens(probability: number): boolean;
  /** Any number between the two. */
  between(min: number, max: number): number;
  bytes(count: number): Uint8Array<ArrayBuffer>;
}

const UNIT_STEPS = 2 ** 30;

/** A source of its own for each `name`. */
export function createChance(seed: number, name: string): Chance {
  const random = createRandom(seed, name);
  const unit = (): number => random.int(0, UNIT_STEPS - 1) / UNIT_STEPS;
  return {
    ...random,
    unit,
    happens: (probability) => unit() < probability,
    between: (min, max) => min + unit() * (max - min),
    bytes: (count) => Uint8Array.from({ length: count }, () => random.int(0, 255)),
  };
}
