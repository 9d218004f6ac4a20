import { describe, expect, it } from "vitest";
import { commandKey, isTyping, neighbour, shortcutOf } from "./shortcuts.ts";

const press = (key: string, change: Partial<KeyboardEvent> = {}, typing = false) =>
  shortcutOf(
    { key, altKey: false, ctrlKey: false, metaKey: false, shiftKey: false, isComposing: false, ...change },
    typing,
  );

describe("shortcuts", () => {
  it("switch with Ctrl+K or ⌘K, even while typing", () => {
    expect(press("k", { ctrlKey: true })).toBe("switch");
    expect(press("K", { metaKey: true }, true)).toBe("switch");
    expect(press("k", { ctrlKey: true, shiftKey: true })).toBeUndefined();
    expect(press("k")).toBeUndefined();
  });

  it("move with Alt and arrows, with Shift to what is new", () => {
    expect(press("ArrowUp", { altKey: true })).toBe("previous");
    expect(press("ArrowDown", { altKey: true }, true)).toBe("next");
    expect(press("ArrowDown", { altKey: true, shiftKey: true })).toBe("next-unseen");
    expect(press("ArrowUp")).toBeUndefined();
    expect(press("ArrowUp", { altKey: true, ctrlKey: true })).toBeUndefined();
  });

  it("help with ?, but not while typing", () => {
    expect(press("?", { shiftKey: true })).toBe("help");
    expect(press("?", { shiftKey: true }, true)).toBeUndefined();
  });

  it("leave input methods alone", () => {
    expect(press("k", { ctrlKey: true, isComposing: true })).toBeUndefined();
  });

  it("know where text goes", () => {
    const element = (html: string) => {
      document.body.innerHTML = html;
      return document.body.firstElementChild;
    };
    for (const html of ["<textarea></textarea>", "<input>", "<input type=search>"])
      expect(isTyping(element(html))).toBe(true);
    for (const html of ["<button></button>", "<input type=checkbox>", "<p></p>"])
      expect(isTyping(element(html))).toBe(false);
    expect(isTyping(null)).toBe(false);
  });

  it("go round the list", () => {
    const list = ["a", "b", "c"];
    expect(neighbour(list, "a", 1)).toBe("b");
    expect(neighbour(list, "c", 1)).toBe("a");
    expect(neighbour(list, "a", -1)).toBe("c");
    expect(neighbour(list, undefined, 1)).toBe("a");
    expect(neighbour(list, "gone", -1)).toBe("c");
    expect(neighbour([], "a", 1)).toBeUndefined();
  });

  it("are named as on the keyboard at hand", () => {
    expect(commandKey("MacIntel")).toBe("⌘");
    expect(commandKey("Linux x86_64")).toBe("Ctrl");
  });
});
