import type { DescMethod } from "@bufbuild/protobuf";
import { callInput } from "./call-input.ts";
import { createChance } from "./chance.ts";
import type { Input } from "./input.ts";
import { rawHttp1 } from "./raw-http1.ts";
import { rawHttp2 } from "./raw-http2.ts";

/** Of the inputs, the share that are calls; the others are HTTP byte by byte. */
const CALLS_SHARE = 0.76;

/** The input with this number: the same for the same seed and contract. */
export function inputOf(seed: number, number: number, methods: readonly DescMethod[]): Input {
  const chance = createChance(seed, number);
  const source = { chance, input: number };
  if (chance.is(CALLS_SHARE)) return callInput(source, methods);
  return chance.is(0.5) ? rawHttp1(source) : rawHttp2(source);
}
