import { describe, expect, it } from "vitest";
import { composerKey } from "./composer-keys.ts";

const press = (change: Partial<KeyboardEvent> = {}, touch = false) =>
  composerKey(
    {
      key: "Enter",
      shiftKey: false,
      altKey: false,
      ctrlKey: false,
      metaKey: false,
      isComposing: false,
      keyCode: 13,
      ...change,
    },
    touch,
  );

describe("composer keys", () => {
  it("sends on Enter, with or without Ctrl", () => {
    expect(press()).toBe("send");
    expect(press({ ctrlKey: true })).toBe("send");
  });

  it("breaks the line with Shift", () => {
    expect(press({ shiftKey: true })).toBe("type");
  });

  it("leaves every key to an input method that composes", () => {
    expect(press({ isComposing: true })).toBe("type");
    // Safari: the composition is over, the key that ended it is not.
    expect(press({ keyCode: 229 })).toBe("type");
  });

  it("breaks the line on a touch screen, whose keyboard has no Shift+Enter", () => {
    expect(press({}, true)).toBe("type");
    expect(press({ ctrlKey: true }, true)).toBe("send");
  });

  it("edits the last message on ↑ and cancels on Esc", () => {
    expect(press({ key: "ArrowUp", keyCode: 38 })).toBe("edit-last");
    expect(press({ key: "ArrowUp", keyCode: 38, altKey: true })).toBe("type");
    expect(press({ key: "ArrowUp", keyCode: 38, shiftKey: true })).toBe("type");
    expect(press({ key: "Escape", keyCode: 27 })).toBe("cancel");
    expect(press({ key: "Escape", keyCode: 27, isComposing: true })).toBe("type");
  });

  it("leaves other keys alone", () => {
    expect(press({ key: "a", keyCode: 65 })).toBe("type");
  });
});
