import type { Event } from "@chat/proto/chat/v1/event";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyEvent, created, joined, left, posted, records } from "../testing/events.ts";
import { createCatchUp } from "./catch-up.ts";
import { createProjection, type Projection } from "./projection.ts";

/** Applies the log and notes what each person would have got live. */
function live(events: readonly Event[]): { projection: Projection; seen: Map<string, number[]> } {
  const projection = createProjection({ path: ":memory:", epoch: "e" });
  const seen = new Map<string, number[]>();
  projection.apply(records(events.map((event) => [event])), ({ seq, conversation, removed }) => {
    for (const { handle } of [...conversation.members, ...removed])
      seen.set(handle, [...(seen.get(handle) ?? []), seq]);
  });
  return { projection, seen };
}

describe("catch-up", () => {
  it("replays from any cursor, page by page, exactly what live delivery would have brought", () => {
    fc.assert(
      fc.property(
        fc.array(anyEvent, { maxLength: 60 }),
        fc.nat(62),
        fc.integer({ min: 1, max: 9 }),
        (events, after, limit) => {
          const { projection, seen } = live(events);
          const catchUp = createCatchUp(projection);
          for (const handle of ["ada", "bob", "eve"]) {
            const got: number[] = [];
            for (let cursor = after * 4096; ;) {
              const page = catchUp.page(handle, cursor, limit, Infinity);
              if (page.length === 0) break;
              expect(page.length).toBeLessThanOrEqual(limit);
              got.push(...page.map(({ seq }) => seq));
              cursor = got.at(-1) ?? cursor;
            }
            expect(got).toEqual((seen.get(handle) ?? []).filter((seq) => seq > after * 4096));
          }
          projection.close();
        },
      ),
    );
  });

  it("brings to somebody removed the event that removed them and nothing after, until they come back", () => {
    const { projection } = live([
      created("ada", "#red", 1),
      joined("bob", "#red", 2),
      left("bob", "#red", 3),
      posted("ada", "#red", 4),
      joined("bob", "#red", 5),
      posted("ada", "#red", 6),
    ]);
    const seqs = createCatchUp(projection)
      .page("bob", 0, 100, Infinity)
      .map(({ seq }) => seq / 4096);
    expect(seqs).toEqual([2, 3, 5, 6]);
  });

  it("reads on indexes only", () => {
    const { projection } = live([posted("ada", "@bob", 1)]);
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
    expect(details.filter((detail) => detail.startsWith("SCAN"))).toEqual([]);
    expect(details).toContain("SEARCH event USING INDEX event_by_conversation (conversation=? AND seq>? AND seq<?)");
  });
});
