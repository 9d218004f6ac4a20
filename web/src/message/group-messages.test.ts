import type { TimelineRow } from "@chat/client";
import { describe, expect, it } from "vitest";
import { createTimeFormat } from "../time/format-time.ts";
import { countNew, GROUP_WITHIN_MS, groupMessages, newestSeq } from "./group-messages.ts";

const { dayKey } = createTimeFormat({ locale: "en", timeZone: "UTC" });
const NOON = Date.UTC(2025, 4, 12, 12);
const MIDNIGHT = Date.UTC(2025, 4, 13);

function sent(seq: number, sender: string, sentAt: number): TimelineRow {
  const clientId = `c${String(seq)}`;
  const message = { seq, conversation: "#x", sender, text: `text ${String(seq)}`, sentAt, clientId };
  return { state: "sent", key: clientId, message };
}
function waiting(state: "pending" | "failed", createdAt: number, clientId = "p1"): TimelineRow {
  return { state, key: clientId, item: { clientId, to: "#x", text: "waiting", createdAt, state } };
}
const group = (rows: TimelineRow[]) => groupMessages(rows, "me", dayKey);
const firsts = (rows: TimelineRow[]) => group(rows).map(({ first }) => first);

describe("grouping messages", () => {
  it("joins what one sender writes without a long pause", () => {
    const rows = [sent(1, "ada", NOON), sent(2, "ada", NOON + 1), sent(3, "bob", NOON + 2), sent(4, "ada", NOON + 3)];
    expect(firsts(rows)).toEqual([true, false, true, true]);
    expect(group(rows).map(({ last }) => last)).toEqual([false, true, true, true]);
    expect(firsts([sent(1, "ada", NOON), sent(2, "ada", NOON + GROUP_WITHIN_MS)])).toEqual([true, true]);
  });

  it("parts days", () => {
    const views = group([sent(1, "ada", MIDNIGHT - 1), sent(2, "ada", MIDNIGHT), sent(3, "ada", MIDNIGHT + 1)]);
    expect(views.map(({ newDay }) => newDay)).toEqual([true, true, false]);
    expect(views.map(({ first }) => first)).toEqual([true, true, false]);
  });

  it("ends a group with a failed message, so that its reason and buttons have room", () => {
    const views = group([sent(1, "me", NOON), waiting("failed", NOON + 1), waiting("pending", NOON + 2, "p2")]);
    expect(views.map(({ first }) => first)).toEqual([true, false, true]);
  });

  it("takes what waits as one's own", () => {
    const [view] = group([waiting("pending", NOON)]);
    expect(view).toMatchObject({ own: true, sender: "me", text: "waiting", at: NOON });
  });

  it("keeps the key of a message from pending to sent", () => {
    const [before] = group([waiting("pending", NOON, "c9")]);
    const [after] = group([sent(9, "me", NOON)]);
    expect(after?.key).toBe(before?.key);
  });
});

describe("counting what is new", () => {
  it("counts messages of others after the newest seen, whatever gaps are in their numbers", () => {
    const views = group([sent(3, "ada", NOON), sent(9, "me", NOON), sent(40, "bob", NOON), waiting("pending", NOON)]);
    expect(countNew(views, 3)).toBe(1);
    expect(countNew(views, 0)).toBe(2);
    expect(countNew(views, 40)).toBe(0);
    expect(newestSeq(views)).toBe(40);
    expect(newestSeq([])).toBe(0);
  });
});
