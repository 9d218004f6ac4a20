import type { DatabaseSync } from "node:sqlite";
import type { Event } from "@chat/proto/chat/v1/event";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seqOf } from "../log/position.ts";
import { created, joined, left, posted, records } from "../testing/events.ts";
import { createHistory, type HistoryPage, type HistoryQuery, historyStatements } from "./history.ts";
import { createProjection, type Projection } from "./projection.ts";

function projectionOf(...events: Event[]): Projection {
  const projection = createProjection({ path: ":memory:", epoch: "e" });
  projection.apply(records(events.map((event) => [event])), () => undefined);
  return projection;
}

type Query = Partial<Omit<HistoryQuery, "person" | "conversation">> & { conversation?: string };

function page(projection: Projection, handle: string, query: Query = {}): HistoryPage {
  const person = projection.roster.person(handle);
  if (!person) throw new Error("nobody");
  const { conversation, ...rest } = query;
  return createHistory(projection).page({
    person,
    conversation: conversation === undefined ? undefined : projection.roster.conversation(conversation),
    before: undefined,
    after: undefined,
    limit: 50,
    maxBytes: Infinity,
    direction: "both",
    since: undefined,
    ...rest,
  });
}

const texts = (result: HistoryPage): string[] =>
  result.messages.map(({ event }) => (event.kind.case === "messagePosted" ? event.kind.value.text : "?"));

describe("a page of history", () => {
  const chat = (): Projection =>
    projectionOf(
      posted("ada", "@bob", 1, "1"),
      posted("bob", "@ada", 2, "2"),
      created("eve", "#red", 3),
      posted("eve", "#red", 4, "4"),
      posted("ada", "@bob", 5, "5"),
      joined("ada", "#red", 6),
      posted("ada", "#red", 7, "7"),
      posted("bob", "@eve", 8, "8"),
      posted("bob", "@ada", 9, "9"),
    );

  it("holds the newest messages, ascending, and says whether there are older ones", () => {
    expect(texts(page(chat(), "ada", { conversation: "@ada@bob" }))).toEqual(["1", "2", "5", "9"]);
    const newest = page(chat(), "ada", { conversation: "@ada@bob", limit: 2 });
    expect([texts(newest), newest.hasMore]).toEqual([["5", "9"], true]);
    const all = page(chat(), "ada", { conversation: "@ada@bob", limit: 4 });
    expect([texts(all), all.hasMore]).toEqual([["1", "2", "5", "9"], false]);
  });

  it("ends at its bytes, with at least one message, and says that there are more", () => {
    const long = projectionOf(...[1, 2, 3, 4, 5].map((id) => posted("ada", "@bob", id, `${id}`.repeat(1_000))));
    const query = { conversation: "@ada@bob", maxBytes: 2_500 };
    const newest = page(long, "ada", query);
    expect([texts(newest).map((text) => text[0]), newest.hasMore]).toEqual([["4", "5"], true]);
    const on = page(long, "ada", { ...query, after: seqOf(1, 0) });
    expect([texts(on).map((text) => text[0]), on.hasMore]).toEqual([["2", "3"], true]);
    const one = page(long, "ada", { ...query, maxBytes: 10 });
    expect([texts(one).map((text) => text[0]), one.hasMore]).toEqual([["5"], true]);
  });

  it("goes back before a position and on after one, without it", () => {
    const before = page(chat(), "ada", { conversation: "@ada@bob", before: seqOf(9, 0), limit: 2 });
    expect([texts(before), before.hasMore]).toEqual([["2", "5"], true]);
    const after = page(chat(), "ada", { conversation: "@ada@bob", after: seqOf(1, 0), limit: 2 });
    expect([texts(after), after.hasMore]).toEqual([["2", "5"], true]);
    expect(texts(page(chat(), "ada", { conversation: "@ada@bob", after: seqOf(1, 0), before: seqOf(9, 0) }))).toEqual([
      "2",
      "5",
    ]);
  });

  it("spans all the person's conversations in log order when none is named, and nobody else's", () => {
    expect(texts(page(chat(), "ada"))).toEqual(["1", "2", "4", "5", "7", "9"]);
    expect(texts(page(chat(), "ada", { limit: 3 }))).toEqual(["5", "7", "9"]);
    expect(texts(page(chat(), "ada", { after: 0, limit: 3 }))).toEqual(["1", "2", "4"]);
    expect(texts(page(chat(), "bob"))).toEqual(["1", "2", "5", "8", "9"]);
  });

  it("tells sent from received", () => {
    expect(texts(page(chat(), "ada", { direction: "sent" }))).toEqual(["1", "5", "7"]);
    expect(texts(page(chat(), "ada", { direction: "received" }))).toEqual(["2", "4", "9"]);
    expect(texts(page(chat(), "bob", { direction: "sent", limit: 2 }))).toEqual(["8", "9"]);
    expect(texts(page(chat(), "ada", { direction: "sent", conversation: "@ada@bob" }))).toEqual(["1", "5"]);
    expect(texts(page(chat(), "ada", { direction: "received", conversation: "@ada@bob" }))).toEqual(["2", "9"]);
  });

  it("keeps what was said in a room that the person has left to those who are in it", () => {
    const projection = projectionOf(
      created("ada", "#red", 1),
      posted("ada", "#red", 2),
      left("ada", "#red", 3),
      posted("ada", "@bob", 4, "4"),
    );
    expect(texts(page(projection, "ada"))).toEqual(["4"]);
    expect(texts(page(projection, "ada", { direction: "sent" }))).toEqual(["4"]);
  });

  it("begins at a time, whatever the clocks of different servers did", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 0, max: 31 }),
        (times, since) => {
          const projection = projectionOf(
            ...times.map((at, index) => posted("ada", "@bob", index, String(index), at * 1_000)),
          );
          const expected = times.flatMap((at, index) => (at >= since ? [String(index)] : []));
          expect(texts(page(projection, "ada", { since: since * 1_000 }))).toEqual(expected);
          expect(texts(page(projection, "ada", { since: since * 1_000, after: 0 }))).toEqual(expected);
          projection.close();
        },
      ),
      { numRuns: 50 },
    );
  });

  it("runs each of its statements on an index, without a scan or a sort", () => {
    const projection = chat();
    const plans: string[] = [];
    const spy = (sql: string): ReturnType<DatabaseSync["prepare"]> => {
      for (const { detail } of projection.database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[])
        plans.push(detail);
      return projection.database.prepare(sql);
    };
    historyStatements(spy);
    expect(plans).toHaveLength(8);
    for (const plan of plans)
      expect(plan).toMatch(/^SEARCH event USING INDEX event_by_(conversation|actor) \(\w+=\? AND seq>\? AND seq<\?\)$/);
  });

  it("reads no more than a page takes, however long the history and however many the conversations", () => {
    const people = Array.from({ length: 40 }, (_, index) => `p${index}`);
    const events = people.flatMap((handle, index) => [
      created(handle, `#r${index}`, 10 * index + 1),
      joined("ada", `#r${index}`, 10 * index + 2),
      ...Array.from({ length: 100 }, (__, message) => posted(handle, `#r${index}`, 1_000 * (index + 1) + message)),
    ]);
    const projection = projectionOf(...events);
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
      expect(page(counting, "ada", query).messages).toHaveLength(50);
      return statements;
    };
    expect(count({ conversation: "#r0" })).toBe(1);
    expect(count({ conversation: "#r39", before: seqOf(events.length, 0) })).toBe(1);
    // The newest 51 messages are all of one room: one statement reads them, and no other room is looked at.
    expect(count({})).toBe(1);
    // Its 64 newest are taken, then the rest of it, then the next room.
    expect(count({ before: seqOf(events.length - 80, 0) })).toBeLessThanOrEqual(3);
  });
});
