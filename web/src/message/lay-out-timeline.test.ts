import type { OutboxItem, TimelineRow } from "@chat/client";
import { describe, expect, it } from "vitest";
import { fakeMessage } from "../testing/fake-data.ts";
import { createTimeFormat } from "../time/format-time.ts";
import { countNew, GROUP_WITHIN_MS, layOutTimeline, newestSeq, type TimelineView } from "./lay-out-timeline.ts";

const { dayKey } = createTimeFormat({ locale: "en", timeZone: "UTC" });
const NOON = Date.UTC(2025, 4, 12, 12);
const MIDNIGHT = Date.UTC(2025, 4, 13);
const [ME, ADA, BOB] = [1, 2, 3];

function stored(seq: number, sender: number, sentAt: number, replyTo?: number): TimelineRow {
  const reply = replyTo === undefined ? {} : { replyTo };
  const message = fakeMessage({ seq, sender, sentAt, ...reply });
  return { state: "stored", key: `${String(sender)}:${message.clientId}`, message, items: [] };
}
function waiting(state: OutboxItem["state"], createdAt: number, clientId = "p1"): TimelineRow {
  const action = { kind: "send", conversation: "#x", text: "waiting" } as const;
  const message = fakeMessage({ seq: 0, sender: ME, sentAt: createdAt, clientId });
  return {
    state,
    key: `${String(ME)}:${clientId}`,
    message,
    items: [{ clientId, action, queue: "#x", createdAt, state }],
  };
}
const line = (seq: number) => ({ key: `line-${String(seq)}`, text: `line ${String(seq)}`, at: NOON, seq });
const layOut = (rows: TimelineRow[], seqs: number[] = [], hasNewer = false, hasOlder = false) =>
  layOutTimeline({ rows, lines: seqs.map(line), ownId: ME, hasOlder, hasNewer, dayKey });
const messages = (views: TimelineView[]) => views.filter((view) => view.kind === "message");
const firsts = (rows: TimelineRow[]) => messages(layOut(rows)).map(({ first }) => first);
const order = (views: TimelineView[]) =>
  views.map((view) => (view.kind === "line" ? view.line.seq * -1 : view.row.message.seq));

describe("grouping messages", () => {
  it("joins what one sender writes without a long pause", () => {
    const rows = [stored(1, ADA, NOON), stored(2, ADA, NOON + 1), stored(3, BOB, NOON + 2), stored(4, ADA, NOON + 3)];
    expect(firsts(rows)).toEqual([true, false, true, true]);
    expect(messages(layOut(rows)).map(({ last }) => last)).toEqual([false, true, true, true]);
    expect(firsts([stored(1, ADA, NOON), stored(2, ADA, NOON + GROUP_WITHIN_MS)])).toEqual([true, true]);
  });

  it("begins a group with an answer", () => {
    expect(firsts([stored(1, ADA, NOON), stored(2, ADA, NOON + 1, 1)])).toEqual([true, true]);
  });

  it("parts days", () => {
    const views = messages(
      layOut([stored(1, ADA, MIDNIGHT - 1), stored(2, ADA, MIDNIGHT), stored(3, ADA, MIDNIGHT + 1)]),
    );
    expect(views.map(({ newDay }) => newDay)).toEqual([true, true, false]);
    expect(views.map(({ first }) => first)).toEqual([true, true, false]);
  });

  it("ends a group with a failed message, so that its reason and buttons have room", () => {
    expect(firsts([stored(1, ME, NOON), waiting("failed", NOON + 1), waiting("pending", NOON + 2, "p2")])).toEqual([
      true,
      false,
      true,
    ]);
  });

  it("keeps the key of a message from pending to stored, and takes it as one's own", () => {
    const [before] = messages(layOut([waiting("pending", NOON, "c9")]));
    const [after] = messages(layOut([stored(9, ME, NOON)]));
    expect(after?.key).toBe(before?.key);
    expect(before?.own).toBe(true);
  });
});

describe("lines between messages", () => {
  const rows = [stored(3, ADA, NOON), stored(9, ADA, NOON + 1)];

  it("stand where they happened, before what waits, and part groups", () => {
    const views = layOut([...rows, waiting("pending", NOON + 2)], [5, 12]);
    expect(order(views)).toEqual([3, -5, 9, -12, 0]);
    expect(messages(views).map(({ first }) => first)).toEqual([true, true, true]);
    expect(messages(views).map(({ newDay }) => newDay)).toEqual([true, false, false]);
  });

  it("are left out before the first row and after the last where older or newer ones are not loaded", () => {
    expect(order(layOut(rows, [1, 5, 12], true, true))).toEqual([3, -5, 9]);
    expect(order(layOut(rows, [1, 5, 12]))).toEqual([-1, 3, -5, 9, -12]);
    expect(order(layOut([], [5]))).toEqual([-5]);
  });
});

describe("counting what is new", () => {
  it("counts messages of others after the newest seen, whatever gaps are in their numbers", () => {
    const rows = [stored(3, ADA, NOON), stored(9, ME, NOON), stored(40, BOB, NOON), waiting("pending", NOON)];
    const views = layOut(rows, [50]);
    expect(countNew(views, 3)).toBe(1);
    expect(countNew(views, 0)).toBe(2);
    expect(countNew(views, 40)).toBe(0);
    expect(newestSeq(views)).toBe(40);
    expect(newestSeq([])).toBe(0);
  });
});
