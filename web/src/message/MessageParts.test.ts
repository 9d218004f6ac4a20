import { flushPromises } from "@vue/test-utils";
import { beforeEach, describe, expect, it } from "vitest";
import { createFakeClient } from "../testing/fake-client.ts";
import { FAKE_IDS } from "../testing/fake-data.ts";
import { mountInConversation } from "../testing/mount-app.ts";
import type { OpenPart } from "./use-message-actions.ts";
import MessageParts from "./MessageParts.vue";

const RECT = new DOMRect(10, 10, 20, 20);

async function mountParts(part: OpenPart["part"], sender: number = FAKE_IDS.mehdi) {
  const client = createFakeClient();
  const app = await mountInConversation(MessageParts, {
    client,
    conversation: "#general",
    props: (timeline) => ({
      get rows() {
        return timeline.state.value.rows;
      },
    }),
  });
  await flushPromises();
  const rows = app.timeline.state.value.rows;
  const row = rows.findLast(({ message }) => message.sender === sender && !message.deleted);
  if (!row) throw new Error("no row");
  app.actions.run(part === "picker" ? "react" : part, row, RECT);
  const seq = row.message.seq;
  const stored = () => client.control.store.message(seq);
  const texts = (selector: string) =>
    [...document.querySelectorAll(selector)].map(({ textContent }) => textContent.trim());
  const item = (name: string) =>
    [...document.querySelectorAll<HTMLElement>("[role=menuitem]")].find(
      (each) => each.textContent.includes(name) || each.getAttribute("aria-label") === name,
    );
  async function choose(name: string): Promise<void> {
    await expect.poll(() => item(name)).toBeDefined();
    item(name)?.click();
    await flushPromises();
  }
  return { ...app, row, seq, stored, texts, choose };
}

beforeEach(() => localStorage.clear());

describe("the menu of a message", () => {
  it("offers what one may do to one's own, by name", async () => {
    const { texts } = await mountParts("menu");
    await expect.poll(() => document.querySelector("[role=menu]")?.getAttribute("aria-label")).toBe("Message actions");
    const items = texts("[role=menuitem]:not([aria-label])").map((text) => text.replace(/\s*(?:\+|R|E|Del)$/, ""));
    expect(items).toEqual(["Add a reaction…", "Reply", "Edit", "Copy text", "Copy link", "Pin", "Delete…"]);
  });

  it("offers less for those of others", async () => {
    const { texts } = await mountParts("menu", FAKE_IDS.ines);
    await expect.poll(() => texts("[role=menuitem]").join()).toContain("Reply");
    expect(texts("[role=menuitem]").join()).not.toMatch(/Edit|Delete/);
  });

  it("answers, edits, pins", async () => {
    const app = await mountParts("menu");
    await app.choose("Reply");
    await expect.poll(() => app.actions.replying.value?.seq).toBe(app.seq);
    app.actions.run("menu", app.row, RECT);
    await app.choose("Edit");
    await expect.poll(() => app.actions.editing.value?.seq).toBe(app.seq);
    app.actions.run("menu", app.row, RECT);
    await app.choose("Pin");
    await expect.poll(() => app.stored().pinned).toBe(true);
  });

  it("reacts at once with a recent emoji", async () => {
    const app = await mountParts("menu");
    await app.choose("React with 👍");
    await expect.poll(() => app.stored().reactions).toEqual([{ emoji: "👍", people: [FAKE_IDS.mehdi] }]);
  });

  it("copies the text, and a link that leads to the message", async () => {
    const copied = () => navigator.clipboard.readText();
    const app = await mountParts("menu");
    await app.choose("Copy text");
    await expect.poll(copied).toBe(app.row.message.text);
    await expect.poll(() => app.shell.notice.value).toBe("Text copied");
    app.actions.run("menu", app.row, RECT);
    await app.choose("Copy link");
    await expect.poll(copied).toBe(`${location.origin}/c/%23general/${String(app.seq)}`);
  });

  it("closes on Escape, and does nothing", async () => {
    const app = await mountParts("menu");
    await expect.poll(() => document.querySelector("[role=menu]")).not.toBeNull();
    document
      .querySelector("[role=menu]")
      ?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    await expect.poll(() => app.actions.open.value).toBeUndefined();
    expect(app.client.outbox.$items.get()).toEqual([]);
  });
});

describe("deleting a message", () => {
  const button = (name: string) =>
    [...document.querySelectorAll<HTMLButtonElement>("[role=dialog] button")].find(
      ({ textContent }) => textContent.trim() === name,
    );

  it("asks first, with the text in sight, and begins at the harmless answer", async () => {
    const app = await mountParts("delete");
    await expect.poll(() => document.querySelector("[role=dialog]")?.textContent).toContain("Delete this message?");
    expect(document.querySelector("blockquote")?.textContent).toBe(app.row.message.text);
    await expect.poll(() => document.activeElement).toBe(button("Keep"));
    button("Keep")?.click();
    await flushPromises();
    expect(app.stored().deleted).toBe(false);
    expect(app.actions.open.value).toBeUndefined();
  });

  it("deletes once confirmed", async () => {
    const app = await mountParts("delete");
    await expect.poll(() => button("Delete")).toBeDefined();
    button("Delete")?.click();
    await expect.poll(() => app.stored()).toMatchObject({ deleted: true, text: "" });
    expect(app.actions.open.value).toBeUndefined();
  });
});

describe("the versions of a message", () => {
  it("are shown newest first", async () => {
    const app = await mountParts("delete");
    app.actions.open.value = undefined;
    const { text } = app.row.message;
    for (const [index, next] of ["second", "third"].entries()) {
      app.client.control.store.apply({ kind: "edit", seq: app.seq, text: next }, `e${String(index)}`);
    }
    await flushPromises();
    const row = app.timeline.state.value.rows.find(({ message }) => message.seq === app.seq);
    app.actions.run("versions", row ?? app.row, RECT);
    await expect.poll(() => app.texts("[role=dialog] li p[dir=auto]")).toEqual(["third", "second", text]);
  });
});

describe("the emoji picker", () => {
  async function mountPicker() {
    const app = await mountParts("picker");
    await expect.poll(() => document.querySelectorAll("[role=option]").length).toBeGreaterThan(1_000);
    const input = document.querySelector<HTMLInputElement>("[role=combobox]");
    if (!input) throw new Error("no input");
    const type = async (text: string) => {
      input.value = text;
      input.dispatchEvent(new Event("input"));
      await flushPromises();
    };
    const press = async (key: string) => {
      input.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      await flushPromises();
    };
    const chosen = () => document.querySelector("[role=option][aria-selected=true]");
    return { ...app, input, type, press, chosen };
  }

  it("finds by name and picks with Enter, and offers the picked one first from then on", async () => {
    const app = await mountPicker();
    await app.type("rocket");
    expect(app.chosen()?.getAttribute("aria-label")).toBe("rocket");
    expect(app.input.getAttribute("aria-activedescendant")).toBe(app.chosen()?.id);
    await app.press("Enter");
    await expect.poll(() => app.stored().reactions.map(({ emoji }) => emoji)).toEqual(["🚀"]);
    await expect.poll(() => app.actions.open.value).toBeUndefined();
    app.actions.run("react", app.row, RECT);
    await expect.poll(() => document.querySelector("[role=option]")?.textContent).toBe("🚀");
  });

  it("is gone through by arrows, and picked from by a click", async () => {
    const app = await mountPicker();
    await app.press("ArrowRight");
    await app.press("ArrowDown");
    expect(app.chosen()?.getAttribute("aria-label")).toBe("grinning face with big eyes");
    document.querySelector<HTMLElement>("[role=option][aria-label='red heart']")?.click();
    await expect.poll(() => app.stored().reactions.map(({ emoji }) => emoji)).toEqual(["❤️"]);
  });

  it("gives hands the chosen skin tone, and remembers it", async () => {
    const app = await mountPicker();
    document.querySelector<HTMLInputElement>("input[type=radio][aria-label=Medium]")?.click();
    await app.type("thumbs up");
    expect(app.chosen()?.textContent).toBe("👍🏽");
    await expect.poll(() => localStorage.getItem("chat.skin-tone")).toBe("3");
  });

  it("says so where nothing is found", async () => {
    const app = await mountPicker();
    await app.type("zzzz");
    expect(app.texts("[role=dialog] [role=status]")).toContain("No emoji by that name.");
  });
});
