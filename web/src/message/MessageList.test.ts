import type { TimelineState } from "@chat/client";
import { describe, expect, it, vi } from "vitest";
import { defineComponent, h, nextTick, shallowRef } from "vue";
import type { SystemLine } from "../conversation/use-system-lines.ts";
import { giveElementsSize } from "../testing/layout.ts";
import { FAKE_IDS, fakeMessage } from "../testing/fake-data.ts";
import { mountInConversation } from "../testing/mount-app.ts";
import MessageList from "./MessageList.vue";

const AT = Date.UTC(2025, 4, 12, 12);
const EMPTY: TimelineState = {
  address: "#x",
  rows: [],
  loaded: false,
  loading: true,
  hasOlder: false,
  hasNewer: false,
};

function messages(count: number): TimelineState["rows"] {
  return Array.from({ length: count }, (_, index) => {
    const message = fakeMessage({
      seq: index * 3 + 1,
      sender: FAKE_IDS.kwame,
      text: `text ${String(index)}`,
      sentAt: AT,
    });
    return { state: "stored", key: message.clientId, message, items: [] };
  });
}

async function mountList(first: Partial<TimelineState>) {
  const state = shallowRef<TimelineState>({ ...EMPTY, ...first });
  const timeline = {
    state,
    loadOlder: vi.fn(),
    loadNewer: vi.fn(),
    jumpTo: vi.fn(),
    jumpToEnd: vi.fn(),
    reload: vi.fn(),
  };
  const lines = shallowRef<readonly SystemLine[]>([]);
  const list = defineComponent(
    () => () => h(MessageList, { timeline, title: "General", kind: "room", lines: lines.value }),
  );
  const app = await mountInConversation(list, { conversation: "#general" });
  const texts = () => app.wrapper.findAll("article p[dir=auto]").map((text) => text.text());
  return { ...app, state, timeline, texts, lines };
}

describe("the list of messages", () => {
  it("is a log that is announced politely", async () => {
    const { wrapper } = await mountList({ loaded: true, loading: false });
    expect(wrapper.get("[role=log]").attributes("aria-live")).toBe("polite");
  });

  it("says that it loads, and shows no greeting meanwhile", async () => {
    const { wrapper } = await mountList({});
    expect(wrapper.text()).toContain("Loading messages…");
    expect(wrapper.text()).not.toContain("Say hello");
    expect(wrapper.get("[role=log]").attributes("aria-busy")).toBe("true");
  });

  it("greets where nobody has written", async () => {
    const { wrapper } = await mountList({ loaded: true, loading: false });
    expect(wrapper.text()).toContain("Say hello");
  });

  it("shows why loading failed, and tries again when asked", async () => {
    const error = { code: "unavailable", message: "The server cannot be reached." } as const;
    const { wrapper, timeline } = await mountList({ loading: false, error });
    expect(wrapper.get("[role=alert]").text()).toContain("The server cannot be reached.");
    expect(wrapper.text()).not.toContain("Say hello");
    await wrapper.get("[role=alert] button").trigger("click");
    expect(timeline.reload).toHaveBeenCalledOnce();
  });

  it("keeps the rows where a later load fails", async () => {
    giveElementsSize(600);
    const error = { code: "unavailable", message: "The server cannot be reached." } as const;
    const { wrapper, texts } = await mountList({ loaded: true, loading: false, rows: messages(2), error });
    await expect.poll(texts).toEqual(["text 0", "text 1"]);
    expect(wrapper.get("[role=alert]").text()).toContain("The server cannot be reached.");
  });

  it("draws what is in sight only, of however many there are", async () => {
    giveElementsSize(600);
    const { texts } = await mountList({ loaded: true, loading: false, rows: messages(5_000) });
    await expect.poll(() => texts().length).toBeGreaterThan(0);
    expect(texts().length).toBeLessThan(60);
  });

  it("holds the oldest row back while its predecessor is not known", async () => {
    giveElementsSize(600);
    const { texts, state } = await mountList({ loaded: true, loading: false, rows: messages(3), hasOlder: true });
    await expect.poll(texts).toEqual(["text 1", "text 2"]);
    state.value = { ...EMPTY, loaded: true, loading: false, rows: messages(3) };
    await expect.poll(texts).toEqual(["text 0", "text 1", "text 2"]);
  });

  it("asks for older messages by itself near the start, but not after a failure", async () => {
    giveElementsSize(600);
    const { wrapper, timeline, state } = await mountList({
      loaded: true,
      loading: false,
      rows: messages(9),
      hasOlder: true,
    });
    const scroller = wrapper.get("[role=log]");
    await scroller.trigger("scroll");
    expect(timeline.loadOlder).not.toHaveBeenCalled();
    scroller.element.scrollTop = 0;
    await scroller.trigger("scroll");
    await expect.poll(() => timeline.loadOlder.mock.calls.length).toBe(1);
    const error = { code: "unavailable", message: "No." } as const;
    state.value = { ...EMPTY, loaded: true, loading: false, rows: messages(9), hasOlder: true, error };
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(timeline.loadOlder.mock.calls.length).toBe(1);
  });

  it("asks for newer messages near its last row, where there are any, and then is not at the end", async () => {
    giveElementsSize(600);
    const rows = messages(9);
    const { wrapper, timeline, state } = await mountList({ loaded: true, loading: false, rows, hasNewer: true });
    await wrapper.get("[role=log]").trigger("scroll");
    await expect.poll(() => timeline.loadNewer.mock.calls.length).toBe(1);
    const button = () => wrapper.find("button[aria-label='Go to the newest message']");
    expect(button().exists()).toBe(true);
    await button().trigger("click");
    expect(timeline.jumpToEnd).toHaveBeenCalledOnce();
    state.value = { ...EMPTY, loaded: true, loading: false, rows };
    await expect.poll(() => button().exists()).toBe(false);
  });

  it("draws joins, leaves and renames between the messages", async () => {
    giveElementsSize(600);
    const { wrapper, texts, lines } = await mountList({ loaded: true, loading: false, rows: messages(2) });
    await expect.poll(texts).toEqual(["text 0", "text 1"]);
    lines.value = [{ key: "line-0", text: "Kwame joined", at: AT, seq: 2 }];
    await expect
      .poll(() => wrapper.findAll("[data-index]").map((row) => row.text()))
      .toEqual([
        expect.stringContaining("text 0"),
        expect.stringContaining("Kwame joined"),
        expect.stringContaining("text 1"),
      ]);
  });

  describe("by keyboard", () => {
    async function mountRows() {
      giveElementsSize(600);
      const app = await mountList({ loaded: true, loading: false, rows: messages(4) });
      await expect.poll(app.texts).toHaveLength(4);
      const focused = () => document.activeElement?.querySelector("p[dir=auto]")?.textContent;
      const press = async (key: string) => {
        document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
        await nextTick();
      };
      const stops = app.wrapper.findAll<HTMLElement>("article[tabindex='0']");
      stops[0]?.element.focus();
      return { ...app, stops, focused, press };
    }

    it("is one stop for Tab, the newest message at first, and moves by arrows", async () => {
      const { stops, focused, press, wrapper } = await mountRows();
      expect(stops).toHaveLength(1);
      expect(focused()).toBe("text 3");
      await press("ArrowUp");
      await expect.poll(focused).toBe("text 2");
      await press("Home");
      await expect.poll(focused).toBe("text 0");
      await press("ArrowUp");
      await expect.poll(focused).toBe("text 0");
      await press("End");
      await expect.poll(focused).toBe("text 3");
      expect(wrapper.findAll("article[tabindex='0']")).toHaveLength(1);
    });

    it("shows the tools of the message in focus, and of no other", async () => {
      const { wrapper } = await mountRows();
      await nextTick();
      expect(wrapper.findAll("[role=toolbar]")).toHaveLength(1);
      expect(wrapper.get("article[tabindex='0']").find("[role=toolbar]").exists()).toBe(true);
    });

    it("acts on the message in focus", async () => {
      const { press, actions } = await mountRows();
      await press("r");
      expect(actions.replying.value?.text).toBe("text 3");
      await press(".");
      expect(actions.open.value).toMatchObject({ part: "menu", row: { message: { text: "text 3" } } });
      await press("+");
      expect(actions.open.value?.part).toBe("picker");
      // Not one's own.
      await press("e");
      expect(actions.editing.value).toBeUndefined();
    });
  });

  describe("by pointer", () => {
    it("shows the tools of the message under it", async () => {
      giveElementsSize(600);
      const { wrapper, texts } = await mountList({ loaded: true, loading: false, rows: messages(3) });
      await expect.poll(texts).toHaveLength(3);
      expect(wrapper.find("[role=toolbar]").exists()).toBe(false);
      await wrapper.findAll("article")[1]?.trigger("pointerover", { pointerType: "mouse" });
      expect(wrapper.findAll("article")[1]?.find("[role=toolbar]").exists()).toBe(true);
      await wrapper.get("[role=log]").trigger("pointerleave");
      expect(wrapper.find("[role=toolbar]").exists()).toBe(false);
    });

    it("opens the menu by right click, but leaves links their own", async () => {
      giveElementsSize(600);
      const { wrapper, texts, actions } = await mountList({ loaded: true, loading: false, rows: messages(2) });
      await expect.poll(texts).toHaveLength(2);
      const bubble = wrapper.get("article p[dir=auto]").element;
      const press = (target: Element) => {
        const event = new MouseEvent("contextmenu", {
          bubbles: true,
          cancelable: true,
          button: 2,
          clientX: 5,
          clientY: 9,
        });
        target.dispatchEvent(event);
        return event.defaultPrevented;
      };
      expect(press(bubble)).toBe(true);
      expect(actions.open.value).toMatchObject({
        part: "menu",
        row: { message: { text: "text 0" } },
        anchor: { x: 5 },
      });
      actions.open.value = undefined;
      const link = bubble.appendChild(document.createElement("a"));
      expect(press(link)).toBe(false);
      expect(actions.open.value).toBeUndefined();
    });

    it("opens the menu by a long press of a finger", async () => {
      giveElementsSize(600);
      const { wrapper, texts, actions } = await mountList({ loaded: true, loading: false, rows: messages(2) });
      await expect.poll(texts).toHaveLength(2);
      const bubble = wrapper.get("article p[dir=auto]");
      await bubble.trigger("pointerdown", { pointerType: "mouse", clientX: 1, clientY: 1 });
      await new Promise((resolve) => setTimeout(resolve, 600));
      expect(actions.open.value).toBeUndefined();
      await bubble.trigger("pointerup", { pointerType: "mouse" });
      await bubble.trigger("pointerdown", { pointerType: "touch", clientX: 1, clientY: 1 });
      await expect.poll(() => actions.open.value?.part).toBe("menu");
    });
  });

  it("brings what was jumped to into sight as soon as it is loaded, and marks it for a moment", async () => {
    giveElementsSize(600);
    const { wrapper, texts, actions, state } = await mountList({ loaded: true, loading: false, rows: messages(2) });
    await expect.poll(texts).toHaveLength(2);
    const marked = () => wrapper.findAll("article.marked").map((row) => row.get("p[dir=auto]").text());
    actions.jumped.value = { seq: 7 };
    await nextTick();
    expect(marked()).toEqual([]);
    state.value = { ...EMPTY, loaded: true, loading: false, rows: messages(3) };
    await expect.poll(marked).toEqual(["text 2"]);
  });
});
