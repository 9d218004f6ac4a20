import { flushPromises } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import { createFakeClient } from "../testing/fake-client.ts";
import { direct, FAKE_IDS, FAKE_ROOMS } from "../testing/fake-data.ts";
import { giveElementsSize } from "../testing/layout.ts";
import { mountApp } from "../testing/mount-app.ts";
import ConversationList from "./ConversationList.vue";

async function mountList(client = createFakeClient()) {
  // As tall as a row, since rows and list are given the same height.
  giveElementsSize(800);
  const app = await mountApp(ConversationList, { client });
  const items = () => app.wrapper.findAll("a").map((link) => link.text());
  return { ...app, items };
}

describe("the list of conversations", () => {
  it("stands in the order of the SDK, newest first, and follows it", async () => {
    const { client, items } = await mountList();
    await expect.poll(() => items()[0]).toContain("General");
    expect(items()[1]).toContain("Sara Lindqvist");
    client.control.receive(direct(FAKE_IDS.mehdi, FAKE_IDS.mehdi1), FAKE_IDS.mehdi1, "One more thing");
    await expect.poll(() => items()[0]).toContain("Sara Lindqvist");
    expect(items()[0]).toContain("One more thing");
    expect(items()[1]).toContain("General");
  });

  it("tells own last messages by “You:”", async () => {
    const { client, items } = await mountList();
    await expect.poll(() => items()[0]).toContain("You: Reading them now.");
    client.control.receive(FAKE_ROOMS.general, FAKE_IDS.ines, "Good");
    await expect.poll(() => items()[0]).toContain("Inês Duarte: Good");
    client.control.receive(FAKE_ROOMS.general, FAKE_IDS.mehdi, "Yes");
    await expect.poll(() => items()[0]).toContain("You: Yes");
  });

  it("counts what was not looked at", async () => {
    const { client, items } = await mountList();
    await expect.poll(() => items().length).toBeGreaterThan(0);
    expect(items()[0]).not.toContain("new");
    client.control.receive(FAKE_ROOMS.general, FAKE_IDS.ines, "one");
    client.control.receive(FAKE_ROOMS.general, FAKE_IDS.ines, "two");
    await expect.poll(() => items()[0]).toMatch(/2\s*new/);
  });

  it("shows new names at once, and links to the new address", async () => {
    const { client, items, wrapper } = await mountList();
    await expect.poll(() => items()[1]).toContain("Sara Lindqvist");
    client.control.store.putUser(FAKE_IDS.mehdi1, { displayName: "Sara L.", handle: "sara" });
    client.control.store.putRoom(FAKE_ROOMS.general, { title: "Everybody", address: "#everybody" }, FAKE_IDS.mehdi);
    await expect.poll(() => items()[1]).toContain("Sara L.");
    expect(items()[0]).toContain("Everybody");
    expect(wrapper.findAll("a").map((link) => link.attributes("href"))).toEqual(
      expect.arrayContaining(["/c/%23everybody", "/c/@sara"]),
    );
  });

  it("links to the address", async () => {
    const { wrapper } = await mountList();
    await expect.poll(() => wrapper.findAll("a")[1]?.attributes("href")).toBe("/c/@mehdi1");
    expect(wrapper.findAll("a")[0]?.attributes("href")).toBe("/c/%23general");
  });

  it("has a word for each state without conversations", async () => {
    const client = createFakeClient({ data: { users: [], rooms: [], messages: [] } });
    const { wrapper } = await mountList(client);
    const $state = client.conversations.$state as unknown as { set(state: unknown): void };
    const nothing = { conversations: [], loaded: false, loading: true, hasMore: false };
    expect(wrapper.text()).toContain("No conversations yet");
    $state.set(nothing);
    await flushPromises();
    expect(wrapper.text()).toContain("Loading conversations…");
    $state.set({ ...nothing, loading: false, error: "The server cannot be reached." });
    await flushPromises();
    expect(wrapper.get("[role=alert]").text()).toBe("The server cannot be reached.");
    await wrapper.get("button").trigger("click");
    expect(client.control.calls).toContain("conversations.load");
  });
});
