import { createHash } from "node:crypto";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** Chance that comes out the same for the same seed and number. */
export interface Chance {
  /** A whole number, both ends included. */
  int(min: number, max: number): number;
  /** True in this share of the cases. */
  is(share: number): boolean;
  /** One of them. @throws Error when there is none */
  pick<T>(items: readonly T[]): T;
  bytes(length: number): Buffer;
}

/** A source of its own for each input, so that input 4,711 can be made without the 4,710 before it. */
export function createChance(seed: number, input: number): Chance {
  const generator = xoroshiro128plus(createHash("sha256").update(`${seed} ${input}`).digest().readInt32LE(0));
  const int = (min: number, max: number): number => uniformInt(generator, min, max);
  return {
    int,
    is: (share) => int(0, 999_999) < share * 1_000_000,
    pick<T>(items: readonly T[]): T {
      if (items.length === 0) throw new Error("nothing to pick from");
      return items[int(0, items.length - 1)] as T;
    },
    bytes: (length) => Buffer.from(Array.from({ length }, () => int(0, 255))),
  };
}
