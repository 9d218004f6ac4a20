import { cpSync, existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Event } from "@chat/proto/chat/v1/event";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMemoryState } from "../domain/memory-state.ts";
import { CHAIN_START } from "../log/chain.ts";
import { seqOf } from "../log/position.ts";
import { anyEvent, created, joined, left, posted, records, split } from "../testing/events.ts";
import { createProjection, type AppliedEvent, type Projection } from "./projection.ts";

function inMemory(): Projection & Disposable {
  const projection = createProjection({ path: ":memory:", epoch: "epoch" });
  return Object.assign(Object.create(projection) as Projection, { [Symbol.dispose]: () => projection.close() });
}

/** The roster in a form that can be compared with the model's. */
function membership(
  projection: Projection,
  model: ReturnType<typeof createMemoryState>,
  events: readonly Event[],
): void {
  for (const { conversation } of events) {
    expect(projection.state.hasRoom(conversation)).toBe(model.hasRoom(conversation));
    expect(projection.state.hasDirect(conversation)).toBe(model.hasDirect(conversation));
    for (const handle of ["ada", "bob", "eve"]) {
      expect(projection.state.isMember(conversation, handle)).toBe(model.isMember(conversation, handle));
    }
  }
}

describe("the projection", () => {
  it("comes out like the model and with the same hash, however the log is split into transactions", () => {
    fc.assert(
      fc.property(
        fc.array(anyEvent, { minLength: 1, maxLength: 50 }),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
        (events, recordSizes, transactionSizes) => {
          const log = records(split(events, recordSizes));
          using one = inMemory();
          using other = inMemory();
          const outcomes = one.apply(log, () => undefined).flatMap((applied) => applied.outcomes);
          const again = split(log, transactionSizes).flatMap((group) => other.apply(group, () => undefined));
          expect(again.flatMap((applied) => applied.outcomes)).toEqual(outcomes);
          expect(other.hash).toEqual(one.hash);

          const model = createMemoryState();
          const seqs = log.flatMap((record) => record.content.events.map((_, index) => seqOf(record.sequence, index)));
          expect(events.map((event, index) => model.apply(seqs[index] ?? 0, event).outcome)).toEqual(outcomes);
          membership(one, model, events);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("tells each accepted event once, in order, with the members of that moment", () => {
    using projection = inMemory();
    const seen: [number, string[]][] = [];
    const note = ({ seq, conversation }: AppliedEvent): unknown =>
      seen.push([seq, [...conversation.members].map((one) => one.handle)]);
    projection.apply(
      records([
        [
          created("ada", "#red", 1),
          joined("bob", "#red", 2),
          posted("bob", "#red", 3),
          left("bob", "#red", 4),
          posted("bob", "#red", 5),
          posted("ada", "#red", 6),
        ],
      ]),
      note,
    );
    expect(seen).toEqual([
      [4096, ["ada"]],
      [4097, ["ada", "bob"]],
      [4098, ["ada", "bob"]],
      [4099, ["ada"]],
      [4101, ["ada"]],
    ]);
  });

  it("skips bytes that are no event, and counts them in the hash", () => {
    using projection = inMemory();
    using empty = inMemory();
    const [record] = records([[]]);
    if (!record) throw new Error("no record");
    const garbage = { ...record, content: { ...record.content, events: [new Uint8Array([255, 255, 255])] } };
    expect(projection.apply([garbage], () => undefined)[0]?.outcomes).toEqual([
      { kind: "refused", refusal: "malformed" },
    ]);
    empty.apply(records([[]]), () => undefined);
    expect(projection.hash).not.toEqual(empty.hash);
  });

  it("lets nothing of a void record happen, and counts it in the hash and the chain", () => {
    using projection = inMemory();
    using other = inMemory();
    const log = records([[posted("ada", "@bob", 1)], [posted("ada", "@bob", 2)], [posted("ada", "@bob", 1)]]);
    const seen: number[] = [];
    const outcomes = projection
      .apply(
        log.map((record, index) => ({ ...record, isVoid: index === 0 })),
        ({ seq }) => void seen.push(seq / 4096),
      )
      .map((applied) => applied.outcomes[0]);
    expect(outcomes[0]).toEqual({ kind: "refused", refusal: "other_past" });
    expect(seen).toEqual([2, 3]); // the client_id of what did not happen is free
    other.apply(log, () => undefined);
    expect(other.hash).not.toEqual(projection.hash);
    expect([0, 1, 2, 3, 4].map((sequence) => projection.chainAt(sequence))).toEqual([
      CHAIN_START,
      ...log.map(({ chain }) => chain),
      undefined,
    ]);
  });

  it("has the same hash after an erasure", () => {
    using before = inMemory();
    using after = inMemory();
    before.apply(records([[posted("ada", "@bob", 1, "secret")]]), () => undefined);
    after.apply(records([[{ ...posted("ada", "@bob", 1, ""), erased: true }]]), () => undefined);
    expect(after.hash).toEqual(before.hash);
  });

  it("refuses a record out of turn", () => {
    using projection = inMemory();
    expect(() => projection.apply(records([[posted("ada", "@bob", 1)]], { first: 2 }), () => undefined)).toThrow(
      "does not follow",
    );
  });

  describe("on disk", () => {
    it("goes on where it was after a restart, with its position, hash and roster", () => {
      const directory = mkdtempSync(join(tmpdir(), "projection-"));
      const path = join(directory, "projection.db");
      const log = records([
        [created("ada", "#red", 1)],
        [joined("bob", "#red", 2), posted("ada", "@bob", 3)],
        [left("bob", "#red", 4)],
      ]);
      const first = createProjection({ path, epoch: "e" });
      first.apply(log.slice(0, 2), () => undefined);
      first.close();
      const second = createProjection({ path, epoch: "e" });
      expect(second.sequence).toBe(2);
      expect(second.state.isMember("#red", "bob")).toBe(true);
      expect(second.roster.conversation("@ada@bob")?.lastMessageSeq).toBe(seqOf(2, 1));
      second.apply(log.slice(2), () => undefined);
      using whole = inMemory();
      whole.apply(log, () => undefined);
      expect(second.hash).toEqual(whole.hash);
      second.close();
      rmSync(directory, { recursive: true });
    });

    it("reads what is applied at once, and has it in its file after the commit: all of a record or nothing", () => {
      const directory = mkdtempSync(join(tmpdir(), "projection-"));
      const path = join(directory, "projection.db");
      let copies = 0;
      /** What another process would find if this one died now. */
      const left = (): { sequence: number; lastSeq: number | undefined } => {
        const copy = join(directory, `copy-${++copies}.db`);
        for (const suffix of ["", "-wal"]) if (existsSync(path + suffix)) cpSync(path + suffix, copy + suffix);
        const found = createProjection({ path: copy, epoch: "e" });
        const { sequence } = found;
        const lastSeq = found.roster.conversation("@ada@bob")?.lastSeq;
        found.close();
        return { sequence, lastSeq };
      };
      const projection = createProjection({ path, epoch: "e" });
      const log = records([[posted("ada", "@bob", 1)], [posted("ada", "@bob", 2), posted("ada", "@bob", 3)]]);
      projection.apply(log.slice(0, 1), () => undefined);
      expect(projection.event(seqOf(1, 0))).toBeDefined();
      expect(left()).toEqual({ sequence: 0, lastSeq: undefined });
      projection.commit();
      expect([projection.uncommitted, left()]).toEqual([0, { sequence: 1, lastSeq: seqOf(1, 0) }]);
      let events = 0;
      const breakHalfway = (): void => {
        if (++events === 2) throw new Error("halfway");
      };
      expect(() => projection.apply(log.slice(1), breakHalfway)).toThrow("halfway");
      projection.commit();
      projection.close();
      expect(left()).toEqual({ sequence: 1, lastSeq: seqOf(1, 0) });
      rmSync(directory, { recursive: true });
    });

    it("starts anew for another epoch and for a damaged file", () => {
      const directory = mkdtempSync(join(tmpdir(), "projection-"));
      const path = join(directory, "projection.db");
      const open = (epoch: string): number => {
        const projection = createProjection({ path, epoch });
        const { sequence } = projection;
        if (sequence === 0) projection.apply(records([[posted("ada", "@bob", 1)]]), () => undefined);
        projection.close();
        return sequence;
      };
      expect([open("one"), open("one"), open("two"), open("two")]).toEqual([0, 1, 0, 1]);
      writeFileSync(path, "this is no database, and long enough to be looked at".repeat(100));
      expect(open("two")).toBe(0);
      truncateSync(path, 5_000);
      expect(open("two")).toBe(0);
      rmSync(directory, { recursive: true });
    });

    it("is for one server at a time", () => {
      const directory = mkdtempSync(join(tmpdir(), "projection-"));
      const path = join(directory, "projection.db");
      const first = createProjection({ path, epoch: "e" });
      expect(() => createProjection({ path, epoch: "e" })).toThrow(
        expect.objectContaining({ code: "failed_precondition" }) as Error,
      );
      first.close();
      createProjection({ path, epoch: "e" }).close();
      rmSync(directory, { recursive: true });
    });
  });
});
