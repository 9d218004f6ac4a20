import { cpSync, existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Event, EventSchema } from "@chat/proto/chat/log/v1/event";
import { MessageSchema } from "@chat/proto/chat/v1/message";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { directId } from "../domain/conversation-id.ts";
import { fold, withoutTexts } from "../domain/fold.ts";
import { createMemoryState, type MemoryState } from "../domain/memory-state.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { SequencedRecord } from "../log/chain.ts";
import { seqOf } from "../log/position.ts";
import {
  ADA,
  addPeople,
  addRooms,
  anyEvent,
  BOB,
  deleted,
  edited,
  EVE,
  joined,
  left,
  posted,
  reacted,
  records,
  RED,
  removed,
  renamed,
  split,
} from "../testing/events.ts";
import { createProjection, type AppliedEvent, type Projection } from "./projection.ts";

const AB = directId(ADA, BOB);

function inMemory(): Projection & Disposable {
  const projection = createProjection({ path: ":memory:", epoch: "epoch" });
  return Object.assign(Object.create(projection) as Projection, { [Symbol.dispose]: () => projection.close() });
}

/** A log that begins with the people and the rooms. */
const logOf = (groups: readonly (readonly Event[])[]): SequencedRecord[] =>
  records([addPeople(), addRooms(), ...groups]);

/** What the rules make of a log in plain maps. */
function modelOf(log: readonly SequencedRecord[]): { model: MemoryState; outcomes: Outcome[] } {
  const model = createMemoryState();
  const outcomes = log.flatMap(({ sequence, content }) =>
    content.events.map((bytes, index) => {
      const event = fromBinary(EventSchema, bytes);
      const seq = seqOf(sequence, index);
      const { outcome, changes } = fold(model, event, seq);
      if (outcome.kind === "accepted") model.apply(seq, event, changes);
      return outcome;
    }),
  );
  return { model, outcomes };
}

/** Holds every row of the projection against the model's. */
function expectSameRows(projection: Projection, model: MemoryState): void {
  for (const row of model.people.values()) expect(projection.state.person(row.id)).toEqual(row);
  for (const row of model.conversations.values()) expect(projection.state.conversation(row.id)).toEqual(row);
  for (const row of model.members.values()) expect(projection.state.member(row.conversation, row.person)).toEqual(row);
  for (const row of model.messages.values()) {
    expect(projection.messages.row(row.seq)).toEqual(row);
    expect(projection.state.edits(row.seq)).toEqual(model.edits(row.seq));
  }
  for (const { id } of model.conversations.values()) expect(projection.state.pins(id)).toBe(model.pins(id));
  const { count } = projection.database.prepare("SELECT count(*) AS count FROM message").get() as { count: number };
  expect(count).toBe(model.messages.size);
}

const groups = fc.array(fc.array(anyEvent, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 20 });

describe("the projection", () => {
  it("comes out like the model and with the same hash, however the log is split into transactions", () => {
    fc.assert(
      fc.property(groups, fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }), (events, transactionSizes) => {
        const log = logOf(events);
        using one = inMemory();
        using other = inMemory();
        const outcomes = one.apply(log, () => undefined).flatMap((applied) => applied.outcomes);
        const again = split(log, transactionSizes).flatMap((group) => other.apply(group, () => undefined));
        expect(again.flatMap((applied) => applied.outcomes)).toEqual(outcomes);
        expect(other.hash).toEqual(one.hash);
        const expected = modelOf(log);
        expect(outcomes).toEqual(expected.outcomes);
        expectSameRows(one, expected.model);
        expectSameRows(other, expected.model);
      }),
      { numRuns: 60 },
    );
  });

  it("comes to the same rows and hash when it is built from the log after everything due was erased", () => {
    fc.assert(
      fc.property(groups, (events) => {
        const log = logOf(events);
        using before = inMemory();
        before.apply(log, () => undefined);
        const due = new Set(before.erasures.due(Infinity, 1_000).map(({ seq }) => seq));
        const erased = log.map((record) => ({
          ...record,
          content: {
            ...record.content,
            events: record.content.events.map((bytes, index) => {
              const event = fromBinary(EventSchema, bytes);
              const blank = due.has(seqOf(record.sequence, index)) ? withoutTexts(event) : undefined;
              return blank ? toBinary(EventSchema, blank) : bytes;
            }),
          },
        }));
        using after = inMemory();
        after.apply(erased, () => undefined);
        expect(after.hash).toEqual(before.hash);
        const { model } = modelOf(log);
        expectSameRows(after, model);
        for (const { seq } of model.messages.values())
          expect(after.messages.body(seq)).toEqual(before.messages.body(seq));
      }),
      { numRuns: 60 },
    );
  });

  it("tells each accepted event once, in order, with the rows that it changed", () => {
    using projection = inMemory();
    const seen: [number, string, string[]][] = [];
    const note = ({ seq, kind, rows }: AppliedEvent): unknown => seen.push([seq, kind, rows.map(({ table }) => table)]);
    projection.apply(
      logOf([
        [
          joined(BOB, RED, 1),
          posted(BOB, RED, 2),
          reacted(ADA, RED, 3, seqOf(3, 1)),
          left(BOB, RED, 4),
          posted(BOB, RED, 5),
          posted(ADA, AB, 6),
        ],
      ]),
      note,
    );
    expect(seen.filter(([seq]) => seq >= seqOf(3, 0))).toEqual([
      [seqOf(3, 0), "memberJoined", ["member"]],
      [seqOf(3, 1), "messagePosted", ["message"]],
      [seqOf(3, 2), "reactionAdded", ["message"]],
      [seqOf(3, 3), "memberLeft", ["member"]],
      [seqOf(3, 5), "messagePosted", ["conversation", "member", "member", "message"]],
    ]);
  });

  it("stores a message as clients get it, with the event that changed it last as its version", () => {
    using projection = inMemory();
    const seq = seqOf(3, 0);
    projection.apply(
      logOf([[posted(ADA, AB, 1, "one")], [edited(ADA, AB, 2, seq, "two")], [reacted(BOB, AB, 3, seq, "🎉")]]),
      () => undefined,
    );
    const message = fromBinary(MessageSchema, projection.messages.body(seq) ?? new Uint8Array());
    expect(message).toMatchObject({
      seq: BigInt(seq),
      conversation: AB,
      sender: BigInt(ADA),
      text: "two",
      version: BigInt(seqOf(5, 0)),
    });
    expect(message.reactions).toMatchObject([{ emoji: "🎉", people: [BigInt(BOB)] }]);
  });

  it("forgets what a client_id asked for once that is erased, and tells other content from the same until then", () => {
    using projection = inMemory();
    const seq = seqOf(3, 0);
    const first = posted(ADA, AB, 1, "secret");
    const edit = edited(ADA, AB, 2, seq, "secret too");
    projection.apply(logOf([[first], [edit]]), () => undefined);
    expect([projection.events.isSame(first), projection.events.isSame(posted(ADA, AB, 1, "other"))]).toEqual([
      true,
      false,
    ]);
    projection.apply(records([[deleted(ADA, AB, 3, seq)]], { first: 5 }), () => undefined);
    expect(projection.events.isSame(posted(ADA, AB, 1, "other"))).toBe(true);
    expect(projection.events.isSame(edited(ADA, AB, 2, seq, "other"))).toBe(true);
    const left = projection.database.prepare(
      "SELECT count(*) AS count FROM event WHERE fingerprint IS NOT NULL AND client_id IN (?, ?)",
    );
    expect(left.get(first.clientId, edit.clientId)).toEqual({ count: 0 });
  });

  it("knows the same of the client_ids of somebody who was removed, whether it read their names or not", () => {
    const change = renamed(EVE, "eva", 5);
    const tables = [false, true].map((isErased) => {
      using projection = inMemory();
      const people = addPeople().map(
        (event, index) => (isErased && index === 2 ? withoutTexts(event) : event) ?? event,
      );
      const changed = (isErased ? withoutTexts(change) : undefined) ?? change;
      projection.apply(records([people, addRooms(), [changed, removed(EVE, 6)]]), () => undefined);
      expect(projection.events.isSame(change)).toBe(true);
      return projection.database
        .prepare("SELECT client_id, actor, seq, hex(fingerprint) AS fingerprint FROM event")
        .all();
    });
    expect(tables[1]).toEqual(tables[0]);
  });

  it("asks for the erasure of texts that came to nothing: repeats, and what the rules refuse", () => {
    using projection = inMemory();
    const seq = seqOf(3, 0);
    const log = records([
      addPeople(),
      addRooms(),
      [posted(ADA, AB, 1), posted(ADA, AB, 1), posted(EVE, AB, 2)],
      [deleted(ADA, AB, 3, seq), edited(ADA, AB, 4, seq), reacted(BOB, AB, 5, seq)],
    ]);
    projection.apply(log, () => undefined);
    expect(projection.erasures.due(Infinity, 10).map((each) => each.seq)).toEqual([
      seq,
      seqOf(3, 1),
      seqOf(3, 2),
      seqOf(4, 1),
    ]);
  });

  it("asks for the erasure of a deleted message with its edits, and of a removed person's names", () => {
    using projection = inMemory();
    const seq = seqOf(3, 0);
    projection.apply(
      logOf([[posted(ADA, AB, 1)], [edited(ADA, AB, 2, seq)], [deleted(ADA, AB, 3, seq), removed(EVE, 4)]]),
      () => undefined,
    );
    expect(projection.erasures.due(Infinity, 10).map((each) => each.seq)).toEqual([EVE, seq, seqOf(4, 0)]);
  });

  it("skips bytes that are no event, and counts them in the hash", () => {
    using projection = inMemory();
    using empty = inMemory();
    const [record] = records([[]]);
    if (!record) throw new Error("no record");
    const garbage = { ...record, content: { ...record.content, events: [new Uint8Array([255, 255, 255])] } };
    expect(projection.apply([garbage], () => undefined)[0]?.outcomes).toMatchObject([
      { kind: "refused", refusal: { reason: "MALFORMED" } },
    ]);
    empty.apply([record], () => undefined);
    expect(projection.hash).not.toEqual(empty.hash);
  });

  it("lets nothing happen in a void record", () => {
    using projection = inMemory();
    const log = logOf([[posted(ADA, AB, 1)]]).map((record) => ({ ...record, isVoid: record.sequence === 3 }));
    const outcomes = projection.apply(log, () => undefined).at(-1)?.outcomes;
    expect(outcomes).toMatchObject([{ kind: "refused", refusal: { reason: "OTHER_PAST" } }]);
    expect(projection.messages.body(seqOf(3, 0))).toBeUndefined();
  });

  it("refuses a record out of turn", () => {
    using projection = inMemory();
    expect(() => projection.apply(records([[posted(ADA, AB, 1)]], { first: 2 }), () => undefined)).toThrow(
      "does not follow",
    );
  });

  describe("on disk", () => {
    const directory = mkdtempSync(join(tmpdir(), "projection-"));
    let files = 0;
    const newPath = (): string => join(directory, `projection-${++files}.db`);

    it("goes on where it was after a restart, with its position, hash, chain and rows", () => {
      const path = newPath();
      const log = logOf([
        [joined(BOB, RED, 2), posted(ADA, AB, 3)],
        [left(BOB, RED, 4)],
        [reacted(BOB, AB, 5, seqOf(3, 1))],
      ]);
      const first = createProjection({ path, epoch: "e" });
      first.apply(log.slice(0, 3), () => undefined);
      first.close();
      const second = createProjection({ path, epoch: "e" });
      expect(second.sequence).toBe(3);
      expect(second.chainAt(2)).toEqual(log[1]?.chain);
      expect(second.roster.conversation(AB)?.lastMessageSeq).toBe(seqOf(3, 1));
      second.apply(log.slice(3), () => undefined);
      using whole = inMemory();
      whole.apply(log, () => undefined);
      expect(second.hash).toEqual(whole.hash);
      expectSameRows(second, modelOf(log).model);
      second.close();
    });

    it("reads what is applied at once, and has it in its file after the commit: all of a record or nothing", () => {
      const path = newPath();
      /** What another process would find if this one died now. */
      const left = (): { sequence: number; lastSeq: number | undefined } => {
        const copy = newPath();
        for (const suffix of ["", "-wal"]) if (existsSync(path + suffix)) cpSync(path + suffix, copy + suffix);
        const found = createProjection({ path: copy, epoch: "e" });
        const { sequence } = found;
        const lastSeq = found.roster.conversation(AB)?.lastMessageSeq;
        found.close();
        return { sequence, lastSeq };
      };
      const projection = createProjection({ path, epoch: "e" });
      const log = logOf([[posted(ADA, AB, 1)], [posted(ADA, AB, 2), posted(ADA, AB, 3)]]);
      projection.apply(log.slice(0, 3), () => undefined);
      expect(projection.messages.body(seqOf(3, 0))).toBeDefined();
      expect(left()).toEqual({ sequence: 0, lastSeq: undefined });
      projection.commit();
      expect([projection.uncommitted, left()]).toEqual([0, { sequence: 3, lastSeq: seqOf(3, 0) }]);
      let events = 0;
      const breakHalfway = (): void => {
        if (++events === 2) throw new Error("halfway");
      };
      expect(() => projection.apply(log.slice(3), breakHalfway)).toThrow("halfway");
      projection.commit();
      projection.close();
      expect(left()).toEqual({ sequence: 3, lastSeq: seqOf(3, 0) });
    });

    it("begins again for another epoch and for a damaged file", () => {
      const path = newPath();
      const open = (epoch: string): number => {
        const projection = createProjection({ path, epoch });
        const { sequence } = projection;
        if (sequence === 0) projection.apply(logOf([[posted(ADA, AB, 1)]]), () => undefined);
        projection.close();
        return sequence;
      };
      expect([open("one"), open("one"), open("two"), open("two")]).toEqual([0, 3, 0, 3]);
      writeFileSync(path, "this is no database, and long enough to be looked at".repeat(100));
      expect(open("two")).toBe(0);
      truncateSync(path, 5_000);
      expect(open("two")).toBe(0);
    });

    it("is for one server at a time", () => {
      const path = newPath();
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
