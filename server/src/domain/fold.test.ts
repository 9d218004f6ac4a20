import type { Event } from "@chat/proto/chat/v1/event";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyEvent, created, event, joined, left, posted } from "../testing/events.ts";
import { createMemoryState } from "./memory-state.ts";
import type { Outcome } from "./outcome.ts";

const log = fc.array(anyEvent, { maxLength: 60 });

function run(events: readonly Event[]): { outcomes: Outcome[]; snapshot: unknown } {
  const state = createMemoryState();
  const outcomes = events.map((one, index) => state.apply(index + 1, one).outcome);
  return { outcomes, snapshot: state.snapshot() };
}

/** Merges two lists, keeping the order of each; `picks` says whose turn it is. */
function interleave<T>(one: readonly T[], other: readonly T[], picks: readonly boolean[]): T[] {
  const merged: T[] = [];
  let i = 0;
  let j = 0;
  for (let turn = 0; i < one.length || j < other.length; turn++) {
    const first = j >= other.length || (i < one.length && (picks[turn % Math.max(1, picks.length)] ?? true));
    merged.push((first ? one[i++] : other[j++]) as T);
  }
  return merged;
}

describe("the rules", () => {
  it("give every server the same state from the same log, whichever way two servers' appends interleave", () => {
    fc.assert(
      fc.property(log, log, fc.array(fc.boolean(), { minLength: 1 }), (one, other, picks) => {
        const merged = interleave(one, other, picks);
        expect(run(merged)).toEqual(run(merged.map((each) => structuredClone(each))));
      }),
    );
  });

  it("let the first of two events with one client_id win: same content is a duplicate of it, other content is refused", () => {
    fc.assert(
      fc.property(log, (events) => {
        const { outcomes } = run(events);
        const first = new Map<string, number>();
        outcomes.forEach((outcome, index) => {
          const key = `${events[index]?.actor} ${events[index]?.clientId.join()}`;
          const before = first.get(key);
          if (before === undefined) {
            expect(outcome.kind).not.toBe("duplicate");
            expect(outcome).not.toEqual({ kind: "refused", refusal: "client_id_reused" });
          } else if (outcome.kind === "duplicate") {
            expect(outcome.seq).toBe(before);
          } else {
            expect(outcome).toEqual({ kind: "refused", refusal: "client_id_reused" });
          }
          if (outcome.kind === "accepted") first.set(key, index + 1);
        });
      }),
    );
  });

  it("give a room's name to the first that asks", () => {
    fc.assert(
      fc.property(log, (events) => {
        const { outcomes } = run(events);
        const taken = events
          .filter((one, index) => one.kind.case === "roomCreated" && outcomes[index]?.kind === "accepted")
          .map((one) => one.conversation);
        expect(new Set(taken).size).toBe(taken.length);
      }),
    );
  });

  it("hear nobody in a room who is not in it", () => {
    fc.assert(
      fc.property(log, (events) => {
        const { outcomes } = run(events);
        const inside = new Set<string>();
        events.forEach((one, index) => {
          if (outcomes[index]?.kind !== "accepted" || !one.conversation.startsWith("#")) return;
          const key = `${one.actor} ${one.conversation}`;
          if (one.kind.case === "messagePosted") expect(inside).toContain(key);
          if (one.kind.case === "roomCreated" || one.kind.case === "memberJoined") inside.add(key);
          if (one.kind.case === "memberLeft") inside.delete(key);
        });
      }),
    );
  });

  it("do not depend on the servers' clocks", () => {
    fc.assert(
      fc.property(log, fc.integer({ min: 0, max: 2 ** 40 }), (events, shift) => {
        const shifted = events.map((one) => ({ ...one, at: { ...one.at, seconds: BigInt(shift) } }) as Event);
        expect(run(shifted).outcomes).toEqual(run(events).outcomes);
      }),
    );
  });

  it.each<[string, readonly Event[], Outcome]>([
    [
      "a message to a room that was never made",
      [posted("ada", "#red", 1)],
      { kind: "refused", refusal: "no_such_room" },
    ],
    [
      "a message to a room one is not in",
      [created("bob", "#red", 1), posted("ada", "#red", 2)],
      { kind: "refused", refusal: "not_a_member" },
    ],
    [
      "a message after leaving",
      [created("ada", "#red", 1), left("ada", "#red", 2), posted("ada", "#red", 3)],
      { kind: "refused", refusal: "not_a_member" },
    ],
    [
      "a message after coming back",
      [created("ada", "#red", 1), left("ada", "#red", 2), joined("ada", "#red", 3), posted("ada", "#red", 4)],
      { kind: "accepted" },
    ],
    [
      "a message in others' conversation",
      [event("eve", "@ada@bob", 1, { case: "messagePosted", value: { text: "x" } })],
      { kind: "refused", refusal: "not_a_member" },
    ],
    [
      "an id that is not canonical",
      [event("ada", "@bob@ada", 1, { case: "messagePosted", value: { text: "x" } })],
      { kind: "refused", refusal: "malformed" },
    ],
    [
      "a room made in a direct conversation",
      [event("ada", "@ada@bob", 1, { case: "roomCreated", value: {} })],
      { kind: "refused", refusal: "malformed" },
    ],
    [
      "an event of no known kind",
      [event("ada", "@ada@bob", 1, { case: undefined })],
      { kind: "refused", refusal: "malformed" },
    ],
    [
      "joining twice",
      [created("ada", "#red", 1), joined("ada", "#red", 2)],
      { kind: "refused", refusal: "already_member" },
    ],
    [
      "an answer to a message of the conversation",
      [
        posted("ada", "@bob", 1),
        event("bob", "@ada@bob", 2, { case: "messagePosted", value: { text: "x", replyTo: 1n } }),
      ],
      { kind: "accepted" },
    ],
    [
      "an answer to a message elsewhere",
      [
        posted("ada", "@eve", 1),
        event("ada", "@ada@bob", 2, { case: "messagePosted", value: { text: "x", replyTo: 1n } }),
      ],
      { kind: "refused", refusal: "no_such_message" },
    ],
    ["a message to oneself", [posted("ada", "@ada", 1)], { kind: "accepted" }],
  ])("judge %s", (_, events, expected) => {
    expect(run(events).outcomes.at(-1)).toEqual(expected);
  });

  it("count the retry of a message whose text was erased as a duplicate", () => {
    const state = createMemoryState();
    state.apply(1, { ...posted("ada", "@bob", 1, ""), erased: true });
    expect(state.apply(2, posted("ada", "@bob", 1, "what it said")).outcome).toEqual({ kind: "duplicate", seq: 1 });
  });
});
