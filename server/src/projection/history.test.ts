import type { DatabaseSync } from "node:sqlite";
import { fromBinary } from "@bufbuild/protobuf";
import type { Event } from "@chat/proto/chat/log/v1/event";
import { MessageSchema } from "@chat/proto/chat/v1/message";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seqOf } from "../log/position.ts";
import { directId, roomId } from "../domain/conversation-id.ts";
import { ADA, BOB, created, deleted, edited, EVE, joined, left, pinned, posted, RED } from "../testing/events.ts";
import { AB, createWorld } from "../testing/world.ts";
import { createHistory, type HistoryPage, type HistoryQuery, PAGE_MAX_BYTES } from "./history.ts";
import type { Projection } from "./projection.ts";

/** Each event in a record of its own, from record 3. */
function projectionOf(...events: Event[]): Projection {
  const world = createWorld();
  for (const event of events) world.record(event);
  return world.projection;
}

/** The seq of the n-th of those events, from 1. */
const nth = (number: number): number => seqOf(number + 2, 0);

type Query = Partial<Omit<HistoryQuery, "person" | "conversation">> & { conversation?: string };

function page(projection: Projection, id: number, query: Query = {}): HistoryPage {
  const person = projection.roster.person(id);
  if (!person) throw new Error("nobody");
  const { conversation, ...rest } = query;
  return createHistory(projection).page({
    person,
    conversation: conversation === undefined ? undefined : projection.roster.conversation(conversation),
    before: undefined,
    after: undefined,
    limit: 50,
    direction: "both",
    since: undefined,
    ...rest,
  });
}

const texts = (result: HistoryPage): string[] =>
  result.messages.map(({ body }) => fromBinary(MessageSchema, body).text);

describe("a page of history", () => {
  const chat = (): Projection =>
    projectionOf(
      posted(ADA, AB, 1, "1"),
      posted(BOB, AB, 2, "2"),
      joined(EVE, RED, 3),
      posted(EVE, RED, 4, "4"),
      posted(ADA, AB, 5, "5"),
      joined(ADA, RED, 6),
      posted(ADA, RED, 7, "7"),
      posted(BOB, directId(BOB, EVE), 8, "8"),
      posted(BOB, AB, 9, "9"),
    );

  it("holds the newest messages, ascending, and says whether there are older ones", () => {
    expect(texts(page(chat(), ADA, { conversation: AB }))).toEqual(["1", "2", "5", "9"]);
    const newest = page(chat(), ADA, { conversation: AB, limit: 2 });
    expect([texts(newest), newest.hasMore]).toEqual([["5", "9"], true]);
    const all = page(chat(), ADA, { conversation: AB, limit: 4 });
    expect([texts(all), all.hasMore]).toEqual([["1", "2", "5", "9"], false]);
  });

  it("goes back before a position and on after one, without it", () => {
    const before = page(chat(), ADA, { conversation: AB, before: nth(9), limit: 2 });
    expect([texts(before), before.hasMore]).toEqual([["2", "5"], true]);
    const after = page(chat(), ADA, { conversation: AB, after: nth(1), limit: 2 });
    expect([texts(after), after.hasMore]).toEqual([["2", "5"], true]);
    expect(texts(page(chat(), ADA, { conversation: AB, after: nth(1), before: nth(9) }))).toEqual(["2", "5"]);
  });

  it("spans all the person's conversations in log order when none is named, and nobody else's", () => {
    expect(texts(page(chat(), ADA))).toEqual(["1", "2", "4", "5", "7", "9"]);
    expect(texts(page(chat(), ADA, { limit: 3 }))).toEqual(["5", "7", "9"]);
    expect(texts(page(chat(), ADA, { after: 0, limit: 3 }))).toEqual(["1", "2", "4"]);
    expect(texts(page(chat(), BOB))).toEqual(["1", "2", "5", "8", "9"]);
  });

  it("tells sent from received", () => {
    expect(texts(page(chat(), ADA, { direction: "sent" }))).toEqual(["1", "5", "7"]);
    expect(texts(page(chat(), ADA, { direction: "received" }))).toEqual(["2", "4", "9"]);
    expect(texts(page(chat(), BOB, { direction: "sent", limit: 2 }))).toEqual(["8", "9"]);
    expect(texts(page(chat(), ADA, { direction: "sent", conversation: AB }))).toEqual(["1", "5"]);
    expect(texts(page(chat(), ADA, { direction: "received", conversation: AB }))).toEqual(["2", "9"]);
  });

  it("keeps what was said in a room that the person has left to those who are in it", () => {
    const projection = projectionOf(
      joined(BOB, RED, 1),
      posted(ADA, RED, 2),
      left(ADA, RED, 3),
      posted(ADA, AB, 4, "4"),
    );
    expect(texts(page(projection, ADA))).toEqual(["4"]);
    expect(texts(page(projection, ADA, { direction: "sent" }))).toEqual(["4"]);
  });

  it("begins at a time, whatever the clocks of different servers did", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 0, max: 31 }),
        (times, since) => {
          const projection = projectionOf(
            ...times.map((at, index) => posted(ADA, AB, index, String(index), at * 1_000)),
          );
          const expected = times.flatMap((at, index) => (at >= since ? [String(index)] : []));
          expect(texts(page(projection, ADA, { since: since * 1_000 }))).toEqual(expected);
          expect(texts(page(projection, ADA, { since: since * 1_000, after: 0 }))).toEqual(expected);
          projection.close();
        },
      ),
      { numRuns: 50 },
    );
  });

  it("shows a message as it now stands, and what is left of a deleted one", () => {
    const projection = projectionOf(
      posted(ADA, AB, 1, "one"),
      posted(ADA, AB, 2, "two"),
      edited(ADA, AB, 3, nth(1), "uno"),
      deleted(ADA, AB, 4, nth(2)),
    );
    expect(texts(page(projection, BOB))).toEqual(["uno", ""]);
    expect(page(projection, BOB).messages.map(({ body }) => fromBinary(MessageSchema, body).deleted)).toEqual([
      false,
      true,
    ]);
  });

  it("ends early where its messages are long, but never before the first", () => {
    const long = "x".repeat(100_000);
    const projection = projectionOf(...[1, 2, 3, 4, 5].map((id) => posted(ADA, AB, id, long)));
    const newest = page(projection, BOB);
    expect([newest.messages.map(({ seq }) => seq), newest.hasMore]).toEqual([[nth(4), nth(5)], true]);
    const alone = projectionOf(posted(ADA, AB, 1, "x".repeat(PAGE_MAX_BYTES + 1)));
    expect(page(alone, BOB)).toMatchObject({ messages: [{ seq: nth(1) }], hasMore: false });
  });

  it("lists pinned messages, newest first, and the texts that a message had, oldest first, page by page", () => {
    const projection = projectionOf(
      posted(ADA, AB, 1, "one"),
      posted(ADA, AB, 2, "two"),
      pinned(BOB, AB, 3, nth(1)),
      pinned(BOB, AB, 4, nth(2)),
      edited(ADA, AB, 5, nth(1), "uno"),
      edited(ADA, AB, 6, nth(1), "eins"),
    );
    const history = createHistory(projection);
    const conversation = projection.roster.conversation(AB);
    if (!conversation) throw new Error("no conversation");
    expect(history.pins(conversation, Infinity, 10).map(({ seq }) => seq)).toEqual([nth(2), nth(1)]);
    expect(history.pins(conversation, nth(2), 10).map(({ seq }) => seq)).toEqual([nth(1)]);
    expect(history.versions(nth(1), 0, 10).map(({ text }) => text)).toEqual(["one", "uno"]);
    expect(history.versions(nth(1), nth(5), 10).map(({ text }) => text)).toEqual(["uno"]);
  });

  it("runs each of its statements on an index, without a scan or a sort", () => {
    const { database } = chat();
    const plans: string[] = [];
    const explain = (sql: string): ReturnType<DatabaseSync["prepare"]> => {
      for (const { detail } of database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[])
        plans.push(detail);
      return database.prepare(sql);
    };
    createHistory({ ...chat(), database: { prepare: explain } as DatabaseSync });
    expect(plans).toHaveLength(11);
    for (const plan of plans)
      expect(plan).toMatch(
        /^SEARCH (message USING (INDEX message_by_(conversation|sender|pin)|INTEGER PRIMARY KEY)|message_version USING PRIMARY KEY) \([^)]*\)$/,
      );
  });

  it("reads no more than a page takes, however long the history and however many the conversations", () => {
    const world = createWorld();
    const messages: number[] = [];
    const rooms = Array.from({ length: 40 }, (_, index) => {
      const [room = 0] = world.record(created(BOB, `r${index}`, 10_000 + index));
      world.record(joined(ADA, roomId(room), 20_000 + index));
      for (let message = 0; message < 100; message++)
        messages.push(...world.record(posted(BOB, roomId(room), 1_000 * (index + 1) + message)));
      return roomId(room);
    });
    const { projection } = world;
    let statements = 0;
    const counting: Projection = Object.create(projection, {
      database: {
        value: {
          prepare(sql: string) {
            const statement = projection.database.prepare(sql);
            const all = statement.all.bind(statement);
            return Object.assign(statement, {
              all: (...parameters: Parameters<typeof all>) => {
                statements++;
                return all(...parameters);
              },
            });
          },
        },
      },
    }) as Projection;
    const count = (query: Query): number => {
      statements = 0;
      expect(page(counting, ADA, query).messages).toHaveLength(50);
      return statements;
    };
    expect(count({ conversation: rooms[0] ?? "" })).toBe(1);
    expect(count({ conversation: rooms[39] ?? "", before: messages.at(-1) ?? 0 })).toBe(1);
    // The newest 51 messages are all of one room: one statement reads them, and no other room is looked at.
    expect(count({})).toBe(1);
    // Its 64 newest are taken, then the rest of it, then the next room.
    expect(count({ before: messages.at(-80) ?? 0 })).toBeLessThanOrEqual(3);
  });
});
