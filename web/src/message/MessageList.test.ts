import type { TimelineState } from "@chat/client";
import { describe, expect, it, vi } from "vitest";
import { shallowRef } from "vue";
import { giveElementsSize } from "../testing/layout.ts";
import { mountApp } from "../testing/mount-app.ts";
import MessageList from "./MessageList.vue";

const AT = Date.UTC(2025, 4, 12, 12);
const EMPTY: TimelineState = { address: "#x", rows: [], loaded: false, loading: true, hasOlder: false };

function messages(count: number): TimelineState["rows"] {
  return Array.from({ length: count }, (_, index) => {
    const [seq, clientId] = [index * 3 + 1, `c${String(index)}`];
    const message = { seq, conversation: "#x", sender: "kwame", text: `text ${String(index)}`, sentAt: AT, clientId };
    return { state: "sent", key: clientId, message };
  });
}

async function mountList(first: Partial<TimelineState>) {
  const state = shallowRef<TimelineState | undefined>({ ...EMPTY, ...first });
  const timeline = { state, loadOlder: vi.fn(), reload: vi.fn() };
  const app = await mountApp(MessageList, { props: { timeline, title: "General", kind: "room" } });
  const texts = () => app.wrapper.findAll("article p[dir=auto]").map((text) => text.text());
  return { ...app, state, timeline, texts };
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
});
