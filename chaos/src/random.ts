import { createHash } from "node:crypto";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** Chance that comes out the same for the same seed. */
export interface Random {
  /** A whole number, both ends included. */
  int(min: number, max: number): number;
  /** One of them. @throws Error when there is none */
  pick<T>(items: readonly T[]): T;
  /** The same items in another order. */
  shuffled<T>(items: readonly T[]): T[];
}

/** A source of its own for each `name`, so that how often one is asked changes nothing for another. */
export function createRandom(seed: number, name: string): Random {
  const generator = xoroshiro128plus(createHash("sha256").update(`${seed} ${name}`).digest().readInt32LE(0));
  const int = (min: number, max: number): number => uniformInt(generator, min, max);
  return {
    int,
    pick<T>(items: readonly T[]): T {
      if (items.length === 0) throw new Error("nothing to pick from");
      return items[int(0, items.length - 1)] as T;
    },
    shuffled<T>(items: readonly T[]): T[] {
      const rest = [...items];
      const result: T[] = [];
      while (rest.length > 0) result.push(...rest.splice(int(0, rest.length - 1), 1));
      return result;
    },
  };
}
