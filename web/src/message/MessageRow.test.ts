import type { OutboxItem, TimelineRow } from "@chat/client";
import { flushPromises } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import { mountApp } from "../testing/mount-app.ts";
import { groupMessages } from "./group-messages.ts";
import MessageRow from "./MessageRow.vue";

const AT = Date.UTC(2025, 4, 12, 12);

function sent(text: string, sender = "mehdi1"): TimelineRow {
  return {
    state: "sent",
    key: "c1",
    message: { seq: 3, conversation: "#x", sender, text, sentAt: AT, clientId: "c1" },
  };
}
function waiting(state: OutboxItem["state"], error?: string): TimelineRow {
  const item = {
    clientId: "c1",
    to: "#x",
    text: "waiting",
    createdAt: AT,
    state,
    ...(error !== undefined && { error }),
  };
  return { state, key: "c1", item };
}
const mountRow = (row: TimelineRow, named = true) =>
  mountApp(MessageRow, { props: { view: groupMessages([row], "mehdi", String)[0], named } });

describe("a message", () => {
  it("reads as author, time and text", async () => {
    const { wrapper } = await mountRow(sent("Good morning"));
    expect(wrapper.get("article .sr-only").text()).toMatch(/^Sara Lindqvist, .*\d+.*:$/);
    expect(wrapper.get("article p[dir=auto]").text()).toBe("Good morning");
    expect(wrapper.get("time").attributes("datetime")).toBe("2025-05-12T12:00:00.000Z");
    expect(wrapper.get("time").attributes("title")).toContain("2025");
  });

  it("shows text as text, with the links in it", async () => {
    const { wrapper } = await mountRow(sent("<img src=x onerror=alert(1)> https://example.org <b>x</b>"));
    await expect
      .poll(() => wrapper.findAll("a").map((link) => link.attributes("href")))
      .toEqual(["https://example.org/"]);
    expect(wrapper.get("a").attributes()).toMatchObject({ rel: "noopener noreferrer", target: "_blank" });
    expect(wrapper.find("img, b").exists()).toBe(false);
    expect(wrapper.get("p[dir=auto]").text()).toBe("<img src=x onerror=alert(1)> https://example.org <b>x</b>");
  });

  it("tells own messages from others'", async () => {
    expect((await mountRow(sent("x", "mehdi"))).wrapper.get("article").attributes("data-own")).toBe("true");
    expect((await mountRow(sent("x", "mehdi1"))).wrapper.get("article").attributes("data-own")).toBe("false");
  });

  it("names the sender where several speak", async () => {
    expect((await mountRow(sent("x"), true)).wrapper.find("bdi").text()).toBe("Sara Lindqvist");
    expect((await mountRow(sent("x"), false)).wrapper.find("bdi").exists()).toBe(false);
  });

  it("says what became of one's own", async () => {
    expect((await mountRow(waiting("pending"))).wrapper.text()).toContain("Waiting to be sent");
    expect((await mountRow(waiting("sending"))).wrapper.text()).toContain("Sending…");
    expect((await mountRow(sent("x", "mehdi"))).wrapper.text()).toContain("Sent");
    expect((await mountRow(sent("x", "mehdi1"))).wrapper.text()).not.toContain("Sent");
  });

  it("gives the reason of a failure, and a way on", async () => {
    const { wrapper, client } = await mountRow(waiting("failed", "You are not a member."));
    expect(wrapper.get("[role=alert]").text()).toContain("You are not a member.");
    const [retry, remove] = wrapper.findAll("button");
    await retry?.trigger("click");
    await remove?.trigger("click");
    await flushPromises();
    expect(client.control.calls.filter((call) => call.startsWith("outbox"))).toEqual(["outbox.retry", "outbox.remove"]);
  });
});
