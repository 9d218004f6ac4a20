import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCursorCodec, provesChain, recordOf } from "./cursor-codec.ts";

const chain = fc.uint8Array({ minLength: 16, maxLength: 16 });

describe("a cursor", () => {
  it("gives back what was put in, for every position", () => {
    const codec = createCursorCodec("an epoch");
    fc.assert(
      fc.property(fc.maxSafeNat(), chain, (seq, value) => {
        const text = codec.encode(seq, value);
        const cursor = codec.decode(text);
        expect(text).toMatch(/^[\w-]{32}$/);
        expect(cursor).toMatchObject({ isOfThisEpoch: true, seq });
        expect(cursor && provesChain(cursor, value)).toBe(true);
        expect(recordOf(seq)).toBe(Math.floor(seq / 4096));
      }),
    );
  });

  it("tells another log and another past", () => {
    const [value, other] = [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)];
    const text = createCursorCodec("one").encode(5, value);
    expect(createCursorCodec("two").decode(text)).toMatchObject({ isOfThisEpoch: false, seq: 5 });
    const cursor = createCursorCodec("one").decode(text);
    expect(cursor && provesChain(cursor, other)).toBe(false);
  });

  it("is nothing else: not a number, not a cut one, not one of a later version", () => {
    const codec = createCursorCodec("one");
    const text = codec.encode(5, new Uint8Array(16));
    for (const bad of ["", "5", text.slice(1), `${text}A`, text.replace(/^../, "zz"), "ü".repeat(32), "=".repeat(32)])
      expect(codec.decode(bad)).toBeUndefined();
    fc.assert(fc.property(fc.string(), (any) => void codec.decode(any)));
  });
});
