import type { DescMethod } from "@bufbuild/protobuf";
import { callInput } from "./call-input.ts";
import { createChance } from "./chance.ts";
import { eachField } from "./each-field.ts";
import type { Input } from "./input.ts";
import { rawHttp1 } from "./raw-http1.ts";
import { rawHttp2 } from "./raw-http2.ts";

/** Of the inputs, the share that are calls; the others are HTTP byte by byte. */
const CALLS_SHARE = 0.76;

/** Gives the input of each number: the same for the same seed and contract. */
export function createInputs(seed: number, methods: readonly DescMethod[]): (number: number) => Input {
  const first = eachField(methods);
  return (number) => {
    const source = { chance: createChance(seed, number), input: number };
    const systematic = first[number];
    if (systematic) return systematic(source);
    if (source.chance.is(CALLS_SHARE)) return callInput(source, methods);
    return source.chance.is(0.5) ? rawHttp1(source) : rawHttp2(source);
  };
}
