import { describe, expect, it } from "vitest";
import { KINDS } from "../domain/kinds.ts";
import { decodeRecord, encodeRecord, encodeReplacement } from "./record-codec.ts";
import { FIRST_FORMAT, RECORD_FORMAT_VERSION } from "./record-format.ts";

describe("the format of a record", () => {
  const content = { origin: "o", batch: 1, events: [Uint8Array.of(1, 2)], anchor: undefined };

  it("is the first version where none of its events needs more, and what they need where they do", () => {
    expect(encodeRecord(content)[0]).toBe(FIRST_FORMAT);
    expect(encodeRecord({ ...content, version: 7 })[0]).toBe(7);
  });

  it("stays as it is when another record takes its place", () => {
    const first = decodeRecord(encodeRecord(content));
    expect(first).toMatchObject({ version: FIRST_FORMAT, events: content.events });
    expect(encodeReplacement({ ...first, events: [] })[0]).toBe(FIRST_FORMAT);
    expect(encodeReplacement({ ...first, version: 7 })[0]).toBe(7);
  });

  it("is read up to the version that this release knows, and told by its number beyond", () => {
    for (let version = FIRST_FORMAT; version <= RECORD_FORMAT_VERSION; version++)
      expect(decodeRecord(encodeRecord({ ...content, version })).version).toBe(version);
    for (const version of [0, RECORD_FORMAT_VERSION + 1, 255])
      expect(() => decodeRecord(encodeRecord({ ...content, version }))).toThrow(
        new RegExp(`format version ${version}; this release reads .*Upgrade this server`),
      );
    expect(() => decodeRecord(new Uint8Array())).toThrow(/format version 0/);
  });

  it("reaches as far as the newest kind needs, and each kind has a number of its own", () => {
    const kinds = Object.values(KINDS);
    for (const { since } of kinds) expect(since).toBeGreaterThanOrEqual(FIRST_FORMAT);
    expect(Math.max(...kinds.map(({ since }) => since))).toBeLessThanOrEqual(RECORD_FORMAT_VERSION);
    expect(new Set(kinds.map(({ number }) => number)).size).toBe(kinds.length);
  });
});
