import { create, toBinary } from "@bufbuild/protobuf";
import { EventSchema } from "@chat/proto/chat/v1/event";
import { describe, expect, it } from "vitest";
import { encodeRecord } from "../../../server/src/log/record-codec.ts";
import { created, joined, left, posted } from "../../../server/src/testing/events.ts";
import type { Delivery, History, Operation, Page, Watch } from "../history.ts";
import { check } from "./check.ts";
import { truthOf } from "./truth.ts";

const LOG = [
  [created("ada", "#red", 1), joined("bob", "#red", 2)],
  [posted("ada", "#red", 3), posted("ada", "@bob", 4)],
  [posted("bob", "#red", 5), posted("bob", "#red", 5)],
  [left("bob", "#red", 6), posted("ada", "#red", 7), posted("eve", "@bob", 8)],
];

const truth = truthOf(
  LOG.map((events, index) =>
    encodeRecord({
      origin: "s",
      batch: index + 1,
      events: events.map((event) => toBinary(EventSchema, create(EventSchema, event))),
    }),
  ),
);

/** What clients see when every promise is kept. */
function perfect(): { operations: Operation[]; watches: (Watch & { deliveries: Delivery[] })[]; pages: Page[] } {
  const operations = truth.events.map((event, index): Operation => ({
    client: `${event.actor}-1`,
    user: event.actor,
    clientId: event.clientId,
    conversation: event.conversation,
    text: event.text,
    result: index === 3 ? { kind: "unknown" } : { kind: "acknowledged", seq: event.seq },
  }));
  const watches = ["ada", "bob", "eve"].map((user) => ({
    client: `${user}-1`,
    user,
    from: 0,
    to: Number.MAX_SAFE_INTEGER,
    resets: 0,
    deliveries: truth.events
      .filter(({ readers }) => readers.has(user))
      .map(({ seq, digest }): Delivery => ({ seq, digest })),
  }));
  return { operations, watches, pages: [] };
}

function kindsAfter(spoil: (history: ReturnType<typeof perfect>) => void): string[] {
  const history = perfect();
  spoil(history);
  return [...new Set(check(history satisfies History, truth).violations.map(({ kind }) => kind))];
}

describe("the checker", () => {
  it("finds nothing in a history that keeps every promise, and accounts for what got no answer", () => {
    expect(check(perfect(), truth)).toEqual({
      violations: [],
      acknowledged: 7,
      refused: 0,
      unknown: 1,
      unknownHappened: 1,
      deliveries: 14,
      messagesRead: 0,
    });
    expect(truth.repeats).toBe(1);
  });

  it("does not owe a client what came before it or after it was last told to be caught up", () => {
    expect(
      kindsAfter(({ watches }) => {
        const [ada] = watches;
        if (!ada) throw new Error("nobody");
        const [first, ...rest] = ada.deliveries;
        const last = rest.pop();
        watches[0] = { ...ada, from: first?.seq ?? 0, to: (last?.seq ?? 0) - 1, deliveries: rest };
      }),
    ).toEqual([]);
  });

  const spoilt: [string, string, (history: ReturnType<typeof perfect>) => void][] = [
    [
      "an acknowledged event that the log does not have",
      "lost",
      ({ operations }) => void operations.push({ ...operations[0]!, clientId: "elsewhere" }),
    ],
    ["an event that never reached its reader", "lost", ({ watches }) => void watches[1]!.deliveries.splice(2, 1)],
    [
      "an event delivered again",
      "doubled",
      ({ watches }) => void watches[1]!.deliveries.push(watches[1]!.deliveries[0]!),
    ],
    [
      "two events in the wrong order",
      "reordered",
      ({ watches }) => void watches[0]!.deliveries.splice(1, 2, watches[0]!.deliveries[2]!, watches[0]!.deliveries[1]!),
    ],
    [
      "an event of others",
      "leaked",
      ({ watches }) =>
        void watches[2]!.deliveries.unshift({ seq: truth.events[2]!.seq, digest: truth.events[2]!.digest }),
    ],
    [
      "what a room said after its reader had left",
      "leaked",
      ({ watches }) =>
        void watches[1]!.deliveries.splice(-1, 0, { seq: truth.events[6]!.seq, digest: truth.events[6]!.digest }),
    ],
    ["an event that nobody asked for", "forged", ({ operations }) => void operations.pop()],
    [
      "an event with another text than was sent",
      "forged",
      ({ operations }) => void operations.splice(2, 1, { ...operations[2]!, text: "other" }),
    ],
    [
      "an acknowledgement of the wrong place",
      "forged",
      ({ operations }) => void operations.splice(2, 1, { ...operations[2]!, result: { kind: "acknowledged", seq: 1 } }),
    ],
    [
      "a refused event that happened",
      "forged",
      ({ operations }) =>
        void operations.splice(2, 1, { ...operations[2]!, result: { kind: "refused", code: "not_found" } }),
    ],
    [
      "a delivery with other content",
      "forged",
      ({ watches }) => void watches[0]!.deliveries.splice(0, 1, { ...watches[0]!.deliveries[0]!, digest: "" }),
    ],
    [
      "a cursor that was not honoured",
      "reset",
      ({ watches }) => void watches.splice(0, 1, { ...watches[0]!, resets: 1 }),
    ],
  ];
  it.each(spoilt)("catches %s", (_name, kind, spoil) => {
    expect(kindsAfter(spoil)).toEqual([kind]);
  });

  it("catches an event that the log settled twice", () => {
    const twice = { ...truth, events: [...truth.events, { ...truth.events[0]!, seq: truth.events[0]!.seq + 999_999 }] };
    expect(check({ ...perfect(), watches: [] }, twice).violations.map(({ kind }) => kind)).toContain("doubled");
  });

  describe("of pages", () => {
    const pageOf = (seqs: readonly number[], change: Partial<Page> = {}) => {
      const messages = seqs.map((seq): Delivery => {
        const event = truth.events.find((each) => each.seq === seq);
        return { seq, digest: event?.digest ?? "nothing" };
      });
      return kindsAfter(({ pages }) =>
        pages.push({ client: "ada-1", user: "ada", conversation: "#red", after: undefined, messages, ...change }),
      );
    };
    const red = truth.events
      .filter(({ conversation, text }) => conversation === "#red" && text !== undefined)
      .map(({ seq }) => seq);
    const [first = 0, second = 0] = red;
    const direct = truth.events.find(({ conversation }) => conversation === "@ada@bob" || conversation === "@bob")?.seq;

    it("finds nothing in an unbroken run", () => {
      expect(red.length).toBeGreaterThan(2);
      expect(pageOf(red)).toEqual([]);
      expect(pageOf(red.slice(1), { after: first })).toEqual([]);
    });

    it("finds one left out", () => {
      expect(pageOf([first, ...red.slice(2)])).toEqual(["lost"]);
      expect(pageOf(red.slice(2), { after: first })).toEqual(["lost"]);
    });

    it("finds two in another order", () => {
      expect(pageOf([second, first])).toEqual(["reordered"]);
    });

    it("finds one that nobody wrote, or that says something else", () => {
      expect(pageOf([first, second, 999_999])).toContain("forged");
      expect(pageOf([], { messages: [{ seq: first, digest: "other words" }] })).toEqual(["forged"]);
    });

    it("finds one of another conversation, and a reader who was never there", () => {
      expect(direct === undefined ? [] : pageOf([direct])).toEqual(direct === undefined ? [] : ["leaked"]);
      expect(pageOf(red, { user: "eve" })).toEqual(["leaked"]);
    });
  });
});
