import type { TimelineRow } from "@chat/client";
import { describe, expect, it } from "vitest";
import { fakeMessage } from "../testing/fake-data.ts";
import { allowedActions, EDIT_WITHIN_MS, messageKey } from "./message-action.ts";

const ME = 1;
const AT = Date.UTC(2025, 4, 12, 12);
const row = (change: Partial<TimelineRow["message"]>, state: TimelineRow["state"] = "stored"): TimelineRow => ({
  key: "k",
  state,
  items: [],
  message: fakeMessage({ seq: 3, sender: ME, sentAt: AT, ...change }),
});
const allowed = (change: Partial<TimelineRow["message"]>, now = AT + 1) => allowedActions(row(change), ME, now);

describe("what one can do to a message", () => {
  it("is everything to one's own", () => {
    expect(allowed({ editedAt: AT })).toEqual([
      "react",
      "reply",
      "edit",
      "copy-text",
      "copy-link",
      "pin",
      "versions",
      "delete",
    ]);
  });

  it("is not editing or deleting those of others", () => {
    expect(allowed({ sender: 2, pinned: true })).toEqual(["react", "reply", "copy-text", "copy-link", "unpin"]);
  });

  it("is not editing after seven days", () => {
    expect(allowed({}, AT + EDIT_WITHIN_MS - 1)).toContain("edit");
    expect(allowed({}, AT + EDIT_WITHIN_MS)).not.toContain("edit");
    expect(allowed({}, AT + EDIT_WITHIN_MS)).toContain("delete");
  });

  it("is next to nothing where it is deleted or not sent yet", () => {
    expect(allowed({ deleted: true })).toEqual(["copy-link"]);
    expect(allowedActions(row({ seq: 0 }, "failed"), ME, AT)).toEqual(["copy-text"]);
  });

  it("has keys, which leave those of browser and input method alone", () => {
    const none = { ctrlKey: false, metaKey: false, altKey: false, isComposing: false };
    const keys = ["Enter", ".", "r", "R", "e", "+", "Delete", "x"].map((key) => messageKey({ key, ...none }));
    expect(keys).toEqual(["menu", "menu", "reply", "reply", "edit", "react", "delete", undefined]);
    expect(messageKey({ key: "r", ...none, ctrlKey: true })).toBeUndefined();
  });
});
