import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seqOf } from "../log/position.ts";
import {
  ADA,
  anyEvent,
  BOB,
  created,
  deleted,
  edited,
  EVE,
  joined,
  left,
  posted,
  reacted,
  RED,
  removed,
  renamed,
} from "../testing/events.ts";
import { AB, createWorld, type World } from "../testing/world.ts";
import { type CaughtUpRow, createCatchUp } from "./catch-up.ts";

const PAGE = { rows: 100, bytes: 1_000_000 };

/** Everything that a person gets after a position, page by page. */
function replay({ projection }: World, person: number, after: number, limit = PAGE.rows): CaughtUpRow[] {
  const catchUp = createCatchUp(projection);
  const all: CaughtUpRow[] = [];
  for (let cursor = after; ;) {
    const page = catchUp.page(person, cursor, limit, PAGE.bytes);
    if (page.length === 0) return all;
    all.push(...page);
    cursor = page.at(-1)?.seq ?? cursor;
  }
}

const kinds = (rows: readonly CaughtUpRow[]): string[] => rows.map(({ row }) => row.table);

describe("catch-up", () => {
  it("brings every message that changed and that the person may read, once, in the order of its last change, however it is paged", () => {
    fc.assert(
      fc.property(
        fc.array(anyEvent, { maxLength: 60 }),
        fc.nat(62),
        fc.integer({ min: 1, max: 9 }),
        (events, after, limit) => {
          const world = createWorld();
          for (const event of events) world.record(event);
          const { projection } = world;
          const stored = projection.database.prepare("SELECT seq, version FROM message ORDER BY version").all() as {
            seq: number;
            version: number;
          }[];
          const cursor = seqOf(after, 0);
          for (const person of [ADA, BOB, EVE]) {
            const rows = replay(world, person, cursor, limit);
            const expected = stored.filter(({ seq, version }) => {
              const member = projection.state.member(projection.messages.row(seq)?.conversation ?? "", person);
              return member?.joined === true && version > Math.max(cursor, member.joinedSeq - 1);
            });
            expect(rows.filter(({ row }) => row.table === "message").map(({ seq }) => seq)).toEqual(
              expected.map(({ version }) => version),
            );
            expect(rows.map(({ seq }) => seq)).toEqual(rows.map(({ seq }) => seq).sort((one, other) => one - other));
            expect(rows).toEqual(replay(world, person, cursor));
          }
          projection.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it("brings one row for any number of changes to one message, as it now stands", () => {
    const world = createWorld();
    const [seq] = world.record(posted(ADA, AB, 1)) as [number];
    for (let index = 0; index < 500; index++) world.record(edited(ADA, AB, 100 + index, seq));
    world.record(reacted(BOB, AB, 2, seq));
    const rows = replay(world, BOB, seq);
    expect(rows).toMatchObject([{ seq: seqOf(504, 0), row: { table: "message", reacted: true, sender: ADA } }]);
    world.record(deleted(ADA, AB, 3, seq));
    expect(replay(world, BOB, 0).filter(({ row }) => row.table === "message")).toHaveLength(1);
  });

  it("tells of every room that one event took somebody out of, however few rows are read at a time", () => {
    const world = createWorld();
    for (let number = 0; number < 9; number++) world.record(created(BOB, `extra-${number}`, 100 + number));
    const cursor = world.projection.seq;
    const joinedRooms = world.projection.roster.person(BOB)?.conversations.size ?? 0;
    expect(joinedRooms).toBeGreaterThan(9);
    world.record(removed(BOB, 200));
    const rows = replay(world, BOB, cursor);
    expect(rows.filter(({ row }) => row.table === "member" && !row.joined)).toHaveLength(joinedRooms);
  });

  it("tells somebody who left that they did and nothing after; somebody who joined gets the room from there", () => {
    const world = createWorld();
    world.record(joined(BOB, RED, 1));
    const [before] = world.record(posted(ADA, RED, 2)) as [number];
    const [leave] = world.record(left(BOB, RED, 3)) as [number];
    world.record(posted(ADA, RED, 4));
    expect(replay(world, BOB, before)).toMatchObject([
      { seq: leave, row: { table: "member", joined: false, memberCount: 1 } },
    ]);
    const [join] = world.record(joined(BOB, RED, 5)) as [number];
    const [after] = world.record(posted(ADA, RED, 6)) as [number];
    const rows = replay(world, BOB, before);
    expect(kinds(rows)).toEqual(["conversation", "member", "message"]);
    expect(rows.map(({ seq }) => seq)).toEqual([join, join, after]);
    expect(rows[1]).toMatchObject({ row: { table: "member", joined: true, memberCount: 2 } });
  });

  it("never ends a page among the rows that one event changed", () => {
    const world = createWorld();
    world.record(posted(ADA, AB, 1));
    const page = createCatchUp(world.projection).page(BOB, seqOf(2, 9), 1, PAGE.bytes);
    expect(kinds(page)).toEqual(["conversation", "message"]);
  });

  it("ends a page where it has bytes enough, but never before its first row", () => {
    const world = createWorld();
    for (let index = 0; index < 10; index++) world.record(posted(ADA, AB, index, "x".repeat(1_000)));
    const page = createCatchUp(world.projection).page(BOB, seqOf(3, 0), 100, 2_500);
    expect(page).toHaveLength(3);
  });

  it("brings the people whose names changed, where the person knows them", () => {
    const world = createWorld();
    const [start] = world.record(posted(ADA, AB, 1)) as [number];
    world.record(renamed(ADA, "adele", 2), renamed(EVE, "evelyn", 3));
    expect(replay(world, BOB, start).map(({ row }) => row.table === "person" && row.person.row.handle)).toEqual([
      "adele",
    ]);
  });

  it("reads on indexes only", () => {
    const { projection } = createWorld();
    const details: string[] = [];
    const { database } = projection;
    createCatchUp({
      ...projection,
      database: {
        prepare(sql: string) {
          details.push(
            ...(database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[]).map((row) => row.detail),
          );
          return database.prepare(sql);
        },
      } as typeof database,
    });
    expect(details.filter((detail) => detail.startsWith("SCAN") || detail.includes("TEMP B-TREE"))).toEqual([]);
    expect(details).toContain("SEARCH message USING INDEX message_by_conversation (conversation=? AND seq>?)");
    expect(details).toContain("SEARCH message USING INDEX message_by_change (conversation=? AND version>?)");
  });
});
