import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CHAIN_BYTES } from "../log/chain.ts";
import { added, records } from "../testing/events.ts";
import { isDamage } from "./damage.ts";
import { doubtProjection, inspectProjection } from "./inspect-projection.ts";
import { openProjection } from "./open-projection.ts";
import { createProjection } from "./projection.ts";

/** A projection of 200 records as a process that was killed leaves it, or as one that ended in order does. */
function setUp({ inOrder }: { inOrder: boolean }): { path: string } & Disposable {
  const root = mkdtempSync(join(tmpdir(), "chat-projection-"));
  const live = join(root, "live");
  mkdirSync(live);
  const path = join(live, "projection.db");
  const projection = createProjection({ path, epoch: "the epoch" });
  for (let sequence = 1; sequence <= 200; sequence++) {
    projection.apply(records([[added(`p${sequence}`, sequence)]], { first: sequence }), () => undefined);
    projection.commit();
  }
  const copy = join(root, "copy");
  if (!inOrder) cpSync(live, copy, { recursive: true });
  projection.close();
  if (inOrder) cpSync(live, copy, { recursive: true });
  return {
    path: join(copy, "projection.db"),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

describe("a projection that is looked at before it is used", () => {
  it.each([true, false])("says how far it has come (ended in order: %s)", (inOrder) => {
    using place = setUp({ inOrder });
    expect(inspectProjection(place.path)).toMatchObject({ epoch: "the epoch", sequence: 200 });
    expect(inspectProjection(place.path)).toMatchObject({ epoch: "the epoch", sequence: 200 });
  });

  it("is nothing where there is none, and a write-ahead log alone is thrown away", () => {
    using place = setUp({ inOrder: false });
    rmSync(place.path);
    expect(inspectProjection(place.path)).toBeUndefined();
    expect(existsSync(`${place.path}-wal`)).toBe(false);
  });

  it("is deleted where it was doubted, once", () => {
    using place = setUp({ inOrder: true });
    doubtProjection(place.path);
    expect(inspectProjection(place.path)).toBeUndefined();
    expect(existsSync(place.path)).toBe(false);
    createProjection({ path: place.path, epoch: "the epoch" }).close();
    expect(inspectProjection(place.path)).toMatchObject({ epoch: "the epoch", sequence: 0 });
  });

  it("is deleted where its file was cut short or is something else", () => {
    for (const damage of ["cut", "nonsense"] as const) {
      using place = setUp({ inOrder: true });
      if (damage === "cut") truncateSync(place.path, 6_000);
      else writeFileSync(place.path, readFileSync(place.path).fill(7, 0, 3_000));
      expect(inspectProjection(place.path)).toBeUndefined();
      expect(existsSync(place.path)).toBe(false);
    }
  });

  it.each([true, false])("is deleted where any one bit of its file is flipped (ended in order: %s)", (inOrder) => {
    using place = setUp({ inOrder });
    if (!inOrder) inspectProjection(place.path); // as the start after a kill does: then the file holds everything
    const sound = readFileSync(place.path);
    const seal = readFileSync(`${place.path}.seal`);
    for (let at = 0; at < sound.length; at += 997) {
      const damaged = Buffer.from(sound);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      writeFileSync(place.path, damaged);
      writeFileSync(`${place.path}.seal`, seal);
      expect(inspectProjection(place.path)).toBeUndefined();
    }
  });

  it("is left as it is where something keeps it from being read, and the start fails", () => {
    using place = setUp({ inOrder: true });
    mkdirSync(`${place.path}-wal`); // SQLite can't open its write-ahead log
    const sound = readFileSync(place.path);
    const refusal = expect.objectContaining({ code: "unavailable" }) as Error;
    expect(() => inspectProjection(place.path)).toThrow(refusal);
    expect(() => openProjection(place.path, "the epoch")).toThrow(refusal);
    expect(readFileSync(place.path).equals(sound)).toBe(true);
    rmSync(`${place.path}-wal`, { recursive: true });
    expect(inspectProjection(place.path)).toMatchObject({ sequence: 200 });
  });

  it("is damaged by what stands in it alone", () => {
    const failed = (errcode: number) => isDamage(Object.assign(new Error("sqlite"), { errcode }));
    const [corrupt, corruptIndex, noDatabase, noSuchTable] = [11, 11 | (3 << 8), 26, 1];
    for (const code of [corrupt, corruptIndex, noDatabase, noSuchTable]) expect(failed(code), String(code)).toBe(true);
    const [full, ioError, noRoomForIndex, cantOpen, busy, noMemory, readOnly] = [13, 10, 4_874, 14, 5, 7, 8];
    for (const code of [full, ioError, noRoomForIndex, cantOpen, busy, noMemory, readOnly])
      expect(failed(code), String(code)).toBe(false);
    expect(isDamage(Object.assign(new Error("no room"), { code: "ENOSPC", syscall: "open" }))).toBe(false);
    expect(isDamage(new SyntaxError("a row is no JSON"))).toBe(true);
  });

  it("keeps its seal while changes stand in the write-ahead log alone, and after a kill", () => {
    using place = setUp({ inOrder: true });
    const projection = createProjection({ path: place.path, epoch: "the epoch" });
    const [record] = records([[added(`p${201}`, 201)]], { first: 201 });
    projection.apply(record ? [record] : [], () => undefined);
    projection.commit();
    const copy = `${place.path}-copy`;
    for (const suffix of ["", "-wal", ".seal"]) cpSync(place.path + suffix, copy + suffix);
    projection.close();
    const past = inspectProjection(copy);
    expect(past).toMatchObject({ epoch: "the epoch", sequence: 201 });
    expect(past?.chainAt(201)).toEqual(record?.chain);
    expect(past?.chainAt(200)).toHaveLength(CHAIN_BYTES);
  });

  it("has less to say where its write-ahead log was cut short, and is used as far as it goes", () => {
    using place = setUp({ inOrder: false });
    truncateSync(`${place.path}-wal`, readFileSync(`${place.path}-wal`).length - 3_000);
    const progress = inspectProjection(place.path);
    expect(progress?.epoch).toBe("the epoch");
    expect(progress?.sequence).toBeLessThan(200);
  });
});
