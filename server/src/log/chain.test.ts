import { describe, expect, it } from "vitest";
import { CHAIN_BYTES, CHAIN_START, createChainWalk, nextChain } from "./chain.ts";
import { type Anchor, decodeRecord, encodeRecord, encodeReplacement } from "./record-codec.ts";

const event = Buffer.from("event");

/** A log of records with these anchors, walked from its beginning. */
function walked(...anchors: (Anchor | undefined)[]) {
  const walk = createChainWalk({ sequence: 0, chainAt: (sequence) => (sequence === 0 ? CHAIN_START : undefined) });
  return anchors.map((anchor, index) =>
    walk(index + 1, decodeRecord(encodeRecord({ origin: "o", batch: index + 1, events: [event], anchor }))),
  );
}

describe("the chain of the log", () => {
  it("is 16 bytes a record, and another one for each other record, order or beginning", () => {
    const [one, two] = walked(undefined, undefined);
    expect(one?.chain).toHaveLength(CHAIN_BYTES);
    const digests = [one, two].map((record) => record?.content.digest ?? CHAIN_START);
    const other = [...digests].reverse();
    const chain = (all: readonly Uint8Array[]): Uint8Array =>
      all.reduce((previous, digest, index) => nextChain(previous, index + 1, digest), CHAIN_START);
    expect(chain(digests)).toEqual(two?.chain);
    expect(chain(other)).not.toEqual(two?.chain);
  });

  it("stays as it is where a record is replaced, and replaced again", () => {
    const original = encodeRecord({ origin: "o", batch: 1, events: [event], anchor: { sequence: 3, chain: event } });
    const first = decodeRecord(original);
    const replaced = decodeRecord(encodeReplacement({ ...first, events: [] }));
    const again = decodeRecord(encodeReplacement({ ...replaced, skipped: { atMs: 1, reason: "why" } }));
    for (const { digest } of [replaced, again]) expect(Buffer.compare(digest, first.digest)).toBe(0);
    expect(again).toMatchObject({ origin: "o", batch: 1, events: [], anchor: { sequence: 3 } });
  });

  it("takes an anchor at any record before its own, and none that claims nothing", () => {
    const [one, two] = walked(undefined, undefined);
    const at = (sequence: number, record = one): Anchor => ({ sequence, chain: record?.chain ?? CHAIN_START });
    const records = walked(undefined, undefined, at(1), at(2, two), at(1));
    expect(records.map(({ isVoid }) => isVoid)).toEqual([false, false, false, false, false]);
  });

  it.each<[string, Anchor]>([
    ["at a record of another past", { sequence: 1, chain: new Uint8Array(CHAIN_BYTES).fill(1) }],
    ["at its own record", { sequence: 2, chain: new Uint8Array(CHAIN_BYTES) }],
    ["at a record that was not yet there", { sequence: 900, chain: new Uint8Array(CHAIN_BYTES) }],
    ["that is no value of a chain", { sequence: 1, chain: new Uint8Array(3) }],
  ])("makes a record void whose anchor is %s", (_, anchor) => {
    const records = walked(undefined, anchor, undefined);
    expect(records.map(({ isVoid }) => isVoid)).toEqual([false, true, false]);
  });
});
