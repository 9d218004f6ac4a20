import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import type * as eventModule from "@chat/proto/chat/log/v1/event";
import { type Event, EventSchema } from "@chat/proto/chat/log/v1/event";
import fc from "fast-check";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { directId } from "../domain/conversation-id.ts";
import type * as kindsModule from "../domain/kinds.ts";
import { withoutTexts } from "../domain/fold.ts";
import type { SequencedRecord } from "../log/chain.ts";
import { seqOf } from "../log/position.ts";
import { decodeRecord, encodeRecord } from "../log/record-codec.ts";
import {
  ADA,
  addPeople,
  addRooms,
  anyEvent,
  BOB,
  EVE,
  posted,
  records,
  RED,
  removed,
  split,
} from "../testing/events.ts";
import { createMemoryRecordLog } from "../testing/memory-record-log.ts";
import { flagged, noted } from "../testing/next-release/events.ts";
import {
  FLAGGED,
  NEXT_FORMAT,
  nextEvent,
  nextKinds,
  nextRecordFormat,
  NOTED,
} from "../testing/next-release/next-release.ts";
import { startEraser } from "./eraser.ts";
import { createProjection, type Projection } from "./projection.ts";
import { createUnknownKinds } from "./unknown-kinds.ts";

const AB = directId(ADA, BOB);
const nothing = (): undefined => undefined;

/** How the next release makes a projection. */
const createNextProjection = await loadNextRelease();

async function loadNextRelease(): Promise<typeof createProjection> {
  vi.resetModules();
  vi.doMock("@chat/proto/chat/log/v1/event", async (original) => {
    const module = await original<typeof eventModule>();
    return { ...module, ...nextEvent(module) };
  });
  vi.doMock("../domain/kinds.ts", async (original) => nextKinds(await original<typeof kindsModule>()));
  vi.doMock("../log/record-format.ts", async (original) => ({ ...(await original<object>()), ...nextRecordFormat() }));
  return (await import("./projection.ts")).createProjection;
}

function opened(make = createProjection, path = ":memory:"): Projection & Disposable {
  const projection = make({ path, epoch: "epoch" });
  return Object.assign(Object.create(projection) as Projection, { [Symbol.dispose]: () => projection.close() });
}

const kindsOf = (projection: Projection, log: readonly SequencedRecord[]): string[] =>
  projection.apply(log, nothing).flatMap(({ outcomes }) => outcomes.map(({ kind }) => kind));

const logOf = (groups: readonly (readonly Event[])[]): SequencedRecord[] =>
  records([addPeople(), addRooms(), ...groups]);

/** Every row but for what only the file's reader needs to know. */
function rowsOf({ database }: Projection): Record<string, unknown[]> {
  const tables = ["person", "name", "conversation", "member", "message", "message_version"];
  return Object.fromEntries(tables.map((table) => [table, database.prepare(`SELECT * FROM "${table}"`).all()]));
}

/** Events of both releases, in records. @param noteIds numbers of the client_ids of notes; those of other events are 1 to 40 */
function groupsWithNotes(noteIds: fc.Arbitrary<number>): fc.Arbitrary<Event[][]> {
  const anyNote = fc
    .tuple(fc.constantFrom(ADA, BOB, EVE, 999), fc.constantFrom(RED, AB), noteIds, fc.nat(3))
    .map(([actor, conversation, id, index]) => noted(actor, conversation, id, seqOf(3, index)));
  const anyRemoval = fc.tuple(fc.constant(EVE), fc.integer({ min: 1, max: 40 })).map((args) => removed(...args));
  const anyOfBoth = fc.oneof(
    { weight: 12, arbitrary: anyEvent },
    { weight: 6, arbitrary: anyNote },
    { weight: 1, arbitrary: anyRemoval },
  );
  return fc.array(fc.array(anyOfBoth, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 20 });
}

/** The log with something else in the place of some of its events. */
const withEvents = (
  log: readonly SequencedRecord[],
  become: (event: Event, bytes: Uint8Array, seq: number) => Uint8Array,
): SequencedRecord[] =>
  log.map((record) => ({
    ...record,
    content: {
      ...record.content,
      events: record.content.events.map((bytes, index) =>
        become(fromBinary(EventSchema, bytes), bytes, seqOf(record.sequence, index)),
      ),
    },
  }));

describe("an event of a kind that this release does not read", () => {
  it("comes to the same place, repeats and state hash as on a server of the release that reads it", () => {
    fc.assert(
      fc.property(
        groupsWithNotes(fc.integer({ min: 1, max: 40 })),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
        (events, transactionSizes) => {
          const log = logOf(events);
          using here = opened();
          using next = opened(createNextProjection);
          const outcomes = split(log, transactionSizes).flatMap((part) => kindsOf(here, part));
          const theirs = kindsOf(next, log);
          expect(outcomes.map((kind) => (kind === "unknown" ? "accepted" : kind))).toEqual(theirs);
          expect(here.hash).toEqual(next.hash);
          expect([here.sequence, here.chainAt(log.length)]).toEqual([log.length, next.chainAt(log.length)]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("changes no row, and keeps its bytes and the hash when others of its record are erased", () => {
    fc.assert(
      // With client_ids of their own, so that no other event comes to something else for them.
      fc.property(groupsWithNotes(fc.integer({ min: 1_000, max: 1_040 })), (events) => {
        const log = logOf(events);
        const isKnown = (event: Event): boolean => event.kind.case !== undefined;
        using before = opened();
        using without = opened();
        before.apply(log, nothing);
        without.apply(
          withEvents(log, (event, bytes) => (isKnown(event) ? bytes : Uint8Array.of(255))),
          nothing,
        );
        before.commit();
        without.commit();
        expect(rowsOf(before)).toEqual(rowsOf(without));
        const due = new Set(before.erasures.due(Infinity, 1_000).map(({ seq }) => seq));
        const erased = withEvents(log, (event, bytes, seq) => {
          const blank = due.has(seq) ? withoutTexts(event) : undefined;
          expect(blank === undefined || isKnown(event)).toBe(true);
          return blank ? toBinary(EventSchema, blank) : bytes;
        });
        using after = opened();
        after.apply(erased, nothing);
        expect(after.hash).toEqual(before.hash);
      }),
      { numRuns: 60 },
    );
  });

  it("uses its client_id up, and is refused of somebody who is gone", () => {
    using projection = opened();
    const log = logOf([
      [posted(ADA, AB, 1), noted(BOB, AB, 2, seqOf(3, 0)), posted(BOB, AB, 2), noted(BOB, AB, 2, seqOf(3, 0))],
      [removed(EVE, 3), noted(EVE, RED, 4, seqOf(3, 0)), noted(0, "", 5, 0)],
    ]);
    const [, , first, second] = projection.apply(log, nothing);
    const repeat = { kind: "duplicate", seq: seqOf(3, 1) };
    expect(first?.outcomes).toEqual([{ kind: "accepted" }, { kind: "unknown", number: NOTED }, repeat, repeat]);
    expect(second?.outcomes).toMatchObject([
      { kind: "accepted" },
      { kind: "refused", refusal: { reason: "ACCOUNT_REMOVED" } },
      { kind: "unknown", number: NOTED },
    ]);
    expect([first?.unknown, second?.unknown]).toEqual([[NOTED], [NOTED]]);
    expect(projection.events.isSame(posted(BOB, AB, 2, "anything"))).toBe(true);
  });

  it("is left as it is in a record of which another event is erased", async () => {
    const log = createMemoryRecordLog();
    const others = [noted(BOB, AB, 2, seqOf(3, 0)), flagged(BOB, AB, 3, seqOf(3, 0))].map((event) =>
      toBinary(EventSchema, event),
    );
    const text = toBinary(EventSchema, posted(ADA, AB, 1, "secret"));
    const record = encodeRecord({ origin: "o", batch: 1, events: [text, ...others] });
    await log.append(record, { id: "1" });
    using projection = opened();
    projection.apply(logOf([]), nothing);
    projection.erasures.add(seqOf(1, 0));
    projection.erasures.add(seqOf(1, 1));
    const eraser = startEraser({ log, projection, logger: pino({ enabled: false }), now: () => 1 });
    expect(await eraser.look()).toBe(1);
    await eraser.close();
    const left = decodeRecord((await log.get(1)) ?? new Uint8Array());
    expect(left.events.slice(1).map((bytes) => Buffer.from(bytes))).toEqual(others.map((bytes) => Buffer.from(bytes)));
    expect(Buffer.from(left.events[0] ?? []).includes("secret")).toBe(false);
    expect(left.version).toBe(1);
    expect(Buffer.compare(left.digest, decodeRecord(record).digest)).toBe(0);
  });

  it("is counted each time, and logged once for each kind", () => {
    const lines: { kind: number; sequence: number }[] = [];
    const logger = pino({ level: "warn" }, { write: (line: string) => void lines.push(JSON.parse(line) as never) });
    const count = vi.fn<(kind: string) => void>();
    const unknownKinds = createUnknownKinds({ logger, count });
    unknownKinds.note(3, []);
    unknownKinds.note(4, [NOTED, NOTED]);
    unknownKinds.note(5, [FLAGGED, NOTED]);
    expect(count.mock.calls.flat()).toEqual(["41", "41", "40", "41"]);
    expect(lines).toMatchObject([
      { kind: NOTED, sequence: 4 },
      { kind: FLAGGED, sequence: 5 },
    ]);
  });
});

describe("a read model that another release made", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "chat-releases-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const file = (): string => join(folder, "projection.db");
  const sequenceIn = (make: typeof createProjection): number => {
    using projection = opened(make, file());
    return projection.sequence;
  };

  it("which passed over events that this one reads is made again, from the same bytes", () => {
    const log = logOf([[posted(ADA, AB, 1), noted(BOB, AB, 2, seqOf(3, 0))]]);
    {
      using before = opened(createProjection, file());
      before.apply(log, nothing);
      expect(before.state.edits(seqOf(3, 0))).toEqual([]);
    }
    expect(sequenceIn(createProjection)).toBe(3);
    using after = opened(createNextProjection, file());
    expect(after.sequence).toBe(0);
    after.apply(log, nothing);
    expect(after.state.edits(seqOf(3, 0))).toEqual([seqOf(3, 1)]);
  });

  it("is made again too where the events that were passed over came to nothing: their texts have to be erased", () => {
    {
      using before = opened(createProjection, file());
      before.apply(logOf([[posted(ADA, AB, 1), noted(ADA, AB, 1, seqOf(3, 0))]]), nothing);
    }
    expect(sequenceIn(createNextProjection)).toBe(0);
  });

  it("which passed over nothing that this one reads is gone on with", () => {
    {
      using before = opened(createProjection, file());
      before.apply(logOf([[posted(ADA, AB, 1)]]), nothing);
    }
    expect(sequenceIn(createNextProjection)).toBe(3);
    expect(sequenceIn(createProjection)).toBe(3);
  });

  it("from records that this one does not read is made again, and so stops before them", () => {
    const [people, rooms, message, pin] = logOf([[posted(ADA, AB, 1)], [flagged(ADA, AB, 2, seqOf(3, 0))]]);
    if (!people || !rooms || !message || !pin) throw new Error("no log");
    {
      using later = opened(createNextProjection, file());
      later.apply([people, rooms, message, { ...pin, content: { ...pin.content, version: NEXT_FORMAT } }], nothing);
      expect(later.messages.row(seqOf(3, 0))?.pinned).toBe(true);
    }
    expect(sequenceIn(createNextProjection)).toBe(4);
    expect(sequenceIn(createProjection)).toBe(0);
  });
});
