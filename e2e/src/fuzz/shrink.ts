import type { CallInput, Input } from "./input.ts";

/** Tries that a smaller input may cost. */
const TRIES_MAX = 120;

/** The smallest input found that still fails: fewer bytes, fewer headers, sent whole. */
export async function shrink(
  input: Input,
  fails: (smaller: Input) => Promise<boolean>,
  timeoutMs: number,
): Promise<Input> {
  const until = Date.now() + timeoutMs;
  let tries = 0;
  let smallest = input;
  const takes = async (candidate: Input): Promise<boolean> => {
    if (++tries > TRIES_MAX || Date.now() > until || !(await fails(candidate))) return false;
    smallest = candidate;
    return true;
  };
  if (input.kind === "call") {
    await takes({ ...input, delivery: "whole" });
    await takes({ ...(smallest as CallInput), http: 1 });
    for (let size = Math.ceil(input.headers.length / 2); size >= 1; size = Math.floor(size / 2))
      for (let at = 0; at < (smallest as CallInput).headers.length;) {
        const call = smallest as CallInput;
        if (!(await takes({ ...call, headers: call.headers.toSpliced(at, size) }))) at += size;
        if (tries > TRIES_MAX) break;
      }
  } else await takes({ ...input, pieces: [Buffer.concat(input.pieces)] });
  for (let size = Math.ceil(lengthOf(smallest) / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < lengthOf(smallest) && tries <= TRIES_MAX;) {
      if (!(await takes(without(smallest, at, size)))) at += size;
    }
  }
  return smallest;
}

function lengthOf(input: Input): number {
  return bytesOf(input).length;
}

/** The body of a call, or all that is sent. */
export function bytesOf(input: Input): Buffer {
  return input.kind === "call" ? input.body : Buffer.concat(input.pieces);
}

function without(input: Input, at: number, size: number): Input {
  const bytes = bytesOf(input);
  const rest = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)]);
  if (input.kind !== "call") return { ...input, pieces: [rest] };
  return { ...input, body: isEnveloped(bytes) && at >= 5 ? mended(rest) : rest };
}

/** Whether it is one envelope whose length is true. */
function isEnveloped(bytes: Buffer): boolean {
  return bytes.length >= 5 && bytes.readUInt32BE(1) === bytes.length - 5;
}

function mended(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt32BE(copy.length - 5, 1);
  return copy;
}
