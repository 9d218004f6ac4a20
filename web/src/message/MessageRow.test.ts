import type { ChatMessage, OutboxAction, OutboxItem, TimelineRow } from "@chat/client";
import { flushPromises } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import { FAKE_IDS, fakeMessage } from "../testing/fake-data.ts";
import { mountInConversation } from "../testing/mount-app.ts";
import { layOutTimeline } from "./lay-out-timeline.ts";
import MessageRow from "./MessageRow.vue";

const { mehdi: ME, mehdi1: SARA, ines: INES } = FAKE_IDS;
const AT = Date.UTC(2025, 4, 12, 12);

function stored(text: string, sender: number = SARA, change: Partial<ChatMessage> = {}): TimelineRow {
  const message = fakeMessage({ seq: 3, sender, text, sentAt: AT, ...change });
  return { state: "stored", key: "k1", message, items: [] };
}
function item(action: OutboxAction, state: OutboxItem["state"], why?: string): OutboxItem {
  const error = why === undefined ? {} : { error: { code: "permission_denied", message: why } as const };
  return { clientId: "c1", action, queue: "#general", createdAt: AT, state, ...error };
}
function waiting(state: OutboxItem["state"], why?: string): TimelineRow {
  const send = item({ kind: "send", conversation: "#general", text: "waiting" }, state, why);
  return { state, key: "k1", message: fakeMessage({ seq: 0, sender: ME, text: "waiting", sentAt: AT }), items: [send] };
}
function mountRow(row: TimelineRow, named = true) {
  const [view] = layOutTimeline({
    rows: [row],
    lines: [],
    ownId: ME,
    hasOlder: false,
    hasNewer: false,
    dayKey: String,
  });
  return mountInConversation(MessageRow, { conversation: "#general", props: () => ({ view, named, tools: true }) });
}

describe("a message", () => {
  it("reads as author, time and text", async () => {
    const { wrapper } = await mountRow(stored("Good morning"));
    expect(wrapper.get("article .sr-only").text()).toMatch(/^Sara Lindqvist, .*\d+.*:$/);
    expect(wrapper.get("article p[dir=auto]").text()).toBe("Good morning");
    expect(wrapper.get("time").attributes("datetime")).toBe("2025-05-12T12:00:00.000Z");
    expect(wrapper.get("time").attributes("title")).toContain("2025");
  });

  it("shows text as text, with the links in it", async () => {
    const { wrapper } = await mountRow(stored("<img src=x onerror=alert(1)> https://example.org <b>x</b>"));
    await expect
      .poll(() => wrapper.findAll("a").map((link) => link.attributes("href")))
      .toEqual(["https://example.org/"]);
    expect(wrapper.get("a").attributes()).toMatchObject({ rel: "noopener noreferrer", target: "_blank" });
    expect(wrapper.find("img, b").exists()).toBe(false);
    expect(wrapper.get("p[dir=auto]").text()).toBe("<img src=x onerror=alert(1)> https://example.org <b>x</b>");
  });

  it("tells own messages from others'", async () => {
    expect((await mountRow(stored("x", ME))).wrapper.get("article").attributes("data-own")).toBe("true");
    expect((await mountRow(stored("x", SARA))).wrapper.get("article").attributes("data-own")).toBe("false");
  });

  it("names the sender where several speak", async () => {
    expect((await mountRow(stored("x"), true)).wrapper.find("bdi").text()).toBe("Sara Lindqvist");
    expect((await mountRow(stored("x"), false)).wrapper.find("bdi").exists()).toBe(false);
  });

  it("says what became of one's own", async () => {
    expect((await mountRow(waiting("pending"))).wrapper.text()).toContain("Waiting to be sent");
    expect((await mountRow(waiting("sending"))).wrapper.text()).toContain("Sending…");
    expect((await mountRow(stored("x", ME))).wrapper.text()).toContain("Sent");
    expect((await mountRow(stored("x", SARA))).wrapper.text()).not.toContain("Sent");
  });

  it("gives the reason of a failure, and a way on", async () => {
    const { wrapper, client } = await mountRow(waiting("failed", "You are not a member."));
    expect(wrapper.get("[role=alert]").text()).toContain("Not sent. You are not a member.");
    const [retry, discard] = wrapper.findAll("[role=alert] button");
    await retry?.trigger("click");
    await discard?.trigger("click");
    await flushPromises();
    expect(client.control.calls.filter((call) => call.startsWith("outbox"))).toEqual([
      "outbox.retry",
      "outbox.discard",
    ]);
  });

  it("is named by author, time and text for who goes there by key", async () => {
    const { wrapper } = await mountRow(stored("Good morning"));
    const ids = wrapper.get("article").attributes("aria-labelledby")?.split(" ") ?? [];
    const name = ids.map((id) => document.getElementById(id)?.textContent).join(" ");
    expect(name).toMatch(/^Sara Lindqvist, .*: Good morning$/);
  });

  it("is dimmed while what one did to it is on its way, and says so", async () => {
    const row = stored("changed", ME);
    const { wrapper } = await mountRow({ ...row, items: [item({ kind: "edit", seq: 3, text: "changed" }, "pending")] });
    expect(wrapper.get("[data-bubble]").classes()).toContain("opacity-70");
    expect(wrapper.text()).toContain("Saving…");
    expect((await mountRow(row)).wrapper.get("[data-bubble]").classes()).not.toContain("opacity-70");
  });

  it("shows a refused action at the message, with what was to be written", async () => {
    const edit = item({ kind: "edit", seq: 3, text: "too late" }, "failed", "A message can be edited for 7 days.");
    const { wrapper } = await mountRow({ ...stored("as it was", ME), items: [edit] });
    expect(wrapper.get("[role=alert]").text()).toContain("The edit was not saved. A message can be edited for 7 days.");
    expect(wrapper.text()).toContain("too late");
    expect(wrapper.get("[data-bubble]").text()).toContain("as it was");
    const texts = wrapper.findAll("[role=alert] button").map((button) => button.text());
    expect(texts).toEqual(["Retry", "Discard"]);
  });

  it("tells a deleted one from others, without its text", async () => {
    const { wrapper } = await mountRow(stored("", SARA, { deleted: true }));
    expect(wrapper.get("[data-bubble]").text()).toContain("This message was deleted");
    expect(wrapper.find("button[aria-label=React]").exists()).toBe(false);
  });

  it("marks what is edited or pinned, and opens the earlier versions", async () => {
    const { wrapper, actions } = await mountRow(stored("x", SARA, { editedAt: AT, pinned: true }));
    expect(wrapper.get("[data-bubble]").text()).toContain("pinned");
    await wrapper.findAll("[data-bubble] button").at(-1)?.trigger("click");
    expect(actions.open.value?.part).toBe("versions");
  });

  it("shows who reacted, one's own pressed, and toggles on a click", async () => {
    const reactions = [
      { emoji: "🎉", people: [SARA, ME] },
      { emoji: "👀", people: [INES] },
    ];
    const { wrapper, client } = await mountRow(stored("x", SARA, { reactions }));
    const [party, eyes] = wrapper.findAll("ul[aria-label=Reactions] button[aria-pressed]");
    expect(party?.attributes()).toMatchObject({ "aria-pressed": "true", "aria-label": "🎉 2: You and Sara Lindqvist" });
    expect(eyes?.attributes()).toMatchObject({ "aria-pressed": "false", "aria-label": "👀 1: Inês Duarte" });
    await party?.trigger("click");
    await eyes?.trigger("click");
    await flushPromises();
    expect(client.control.calls.filter((call) => call.endsWith("react"))).toEqual(["unreact", "react"]);
  });

  it("quotes what it answers, and leads there", async () => {
    const { client, wrapper, actions } = await mountRow(stored("x", SARA, { replyTo: 6 }));
    await flushPromises();
    const quoted = client.control.store.message(6);
    expect(wrapper.get("[data-bubble] button").text()).toContain(quoted.text);
    await wrapper.get("[data-bubble] button").trigger("click");
    await flushPromises();
    expect(actions.jumped.value).toEqual({ seq: 6 });
    client.control.store.apply({ kind: "delete", seq: 6 }, "other");
    await flushPromises();
    expect(wrapper.get("[data-bubble] button").text()).toBe("This message was deleted");
  });

  it("says so where the answered message cannot be had", async () => {
    const { wrapper } = await mountRow(stored("x", SARA, { replyTo: 999_999 }));
    await flushPromises();
    expect(wrapper.get("[data-bubble] button").text()).toBe("This message can’t be shown");
  });

  it("goes by the new name at once when somebody is renamed", async () => {
    const { wrapper, client } = await mountRow(stored("x"));
    client.control.store.putUser(SARA, { displayName: "Sara L." });
    await flushPromises();
    expect(wrapper.find("bdi").text()).toBe("Sara L.");
    expect(wrapper.get("article .sr-only").text()).toMatch(/^Sara L\., /);
  });

  it("has tools with names", async () => {
    const { wrapper, actions } = await mountRow(stored("x"));
    const labels = wrapper.findAll("[role=toolbar] button").map((button) => button.attributes("aria-label"));
    expect(labels).toEqual(["React", "Reply", "More actions"]);
    const [react, reply] = wrapper.findAll("[role=toolbar] button");
    await reply?.trigger("click");
    expect(actions.replying.value?.text).toBe("x");
    await react?.trigger("click");
    expect(actions.open.value?.part).toBe("picker");
  });
});
