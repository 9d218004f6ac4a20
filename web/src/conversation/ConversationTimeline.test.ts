import { flushPromises } from "@vue/test-utils";
import { describe, expect, it, vi } from "vitest";
import { createFakeClient } from "../testing/fake-client.ts";
import { FAKE_IDS, FAKE_ROOMS } from "../testing/fake-data.ts";
import { giveElementsSize } from "../testing/layout.ts";
import { mountApp } from "../testing/mount-app.ts";
import { RouterView } from "vue-router";

const { general, lunch, "release-train": train } = FAKE_ROOMS;
const { mehdi: ME, mehdi1: SARA, mehdi2: TOMAS, kwame: KWAME } = FAKE_IDS;

/** The page as the router shows it: props follow the path. */
async function open(path: string, client = createFakeClient()) {
  giveElementsSize(700);
  const app = await mountApp(RouterView, { client, path });
  await expect.poll(() => app.wrapper.find("section, h1").exists()).toBe(true);
  await flushPromises();
  const lines = () => app.wrapper.findAll("[data-line] bdi").map((line) => line.text());
  const path_ = () => app.router.currentRoute.value.fullPath;
  return { ...app, lines, path: path_, store: client.control.store };
}
vi.mock("../shell/ShellPage.vue", async () => {
  const { defineComponent, h } = await import("vue");
  const { RouterView } = await import("vue-router");
  return { default: defineComponent(() => () => h(RouterView)) };
});

describe("what happens in an open conversation", () => {
  it("is told between the messages: joins, leaves, renames", async () => {
    const { lines, store } = await open("/c/%23release-train");
    store.putMember(train, FAKE_IDS.yuki, true);
    store.putMember(train, KWAME, false);
    store.putRoom(train, { title: "Trains" }, SARA);
    store.putRoom(train, { topic: "New topic" }, SARA);
    store.putUser(TOMAS, { displayName: "Tomás A." });
    const told = [
      "山田 由紀 joined",
      "Kwame left",
      "Sara Lindqvist renamed the room to “Trains”",
      "Sara Lindqvist set the topic to “New topic”",
      "Tomás Aguirre is now called Tomás A.",
    ];
    // The last stands after the messages that were there when it came, the others at their own place in the log.
    await expect.poll(() => lines().toSorted()).toEqual(told.toSorted());
  });

  it("is not told of other conversations, nor of people who are not here", async () => {
    const { lines, store, wrapper } = await open("/c/@yuki");
    store.putMember(lunch, SARA, true);
    store.putRoom(general, { title: "Everybody" }, SARA);
    store.putUser(KWAME, { displayName: "Kwame N." });
    store.putUser(FAKE_IDS.yuki, { displayName: "Yuki" });
    await expect.poll(lines).toEqual(["山田 由紀 is now called Yuki"]);
    expect(wrapper.get("h1").text()).toBe("Yuki");
  });
});

describe("the path of a conversation", () => {
  it("follows a rename while the conversation stays open, with what is being written", async () => {
    const { store, path, wrapper } = await open("/c/%23general");
    await wrapper.get("textarea").setValue("half a thought");
    const composer = wrapper.get("textarea").element;
    store.putRoom(general, { address: "#everybody", title: "Everybody" }, SARA);
    await expect.poll(path).toBe("/c/%23everybody");
    await flushPromises();
    expect(wrapper.get("h1").text()).toBe("Everybody");
    expect(wrapper.get("textarea").element).toBe(composer);
    expect(composer.value).toBe("half a thought");
  });

  it("leads from an old name or an id to the present address, with the message", async () => {
    const client = createFakeClient();
    client.control.store.putUser(SARA, { handle: "sara" });
    client.control.store.putRoom(general, { address: "#everybody" }, SARA);
    expect((await open("/c/@mehdi1", client)).path()).toBe("/c/@sara");
    expect((await open(`/c/${general}`, client)).path()).toBe("/c/%23everybody");
    expect((await open("/c/%23general/30", client)).path()).toBe("/c/%23everybody/30");
    expect((await open("/c/4096-4097", client)).path()).toBe("/c/@sara");
  });

  it("with a message shows and marks it, loading what is around it", async () => {
    const { wrapper, client } = await open("/c/%23general/9");
    await expect.poll(() => wrapper.find("article.marked").exists()).toBe(true);
    expect(client.control.calls).toContain("timeline.jumpTo");
    const text = client.control.store.message(9).text;
    expect(wrapper.get("article.marked p[dir=auto]").text()).toBe(text.replace(/\s+$/, ""));
  });
});

describe("the path to a message that is not there", () => {
  it("says so, and shows the conversation", async () => {
    const { wrapper } = await open("/c/%23release-train/999999");
    await expect.poll(() => wrapper.get("[role=alert]").text()).toContain("There is no such message");
    expect(wrapper.find("article").exists()).toBe(true);
  });
});

describe("what is unseen", () => {
  it("is marked as seen only while the window is looked at", async () => {
    const focus = vi.spyOn(document, "hasFocus").mockReturnValue(false);
    const { client } = await open("/c/%23general");
    const unseen = () => client.conversations.$state.get().conversations.find(({ id }) => id === general)?.unseen;
    client.control.receive(general, SARA, "one");
    await flushPromises();
    expect(unseen()).toBe(1);
    focus.mockReturnValue(true);
    window.dispatchEvent(new Event("focus"));
    await expect.poll(unseen).toBe(0);
    client.control.receive(general, SARA, "two");
    await expect.poll(unseen).toBe(0);
    focus.mockRestore();
  });
});

describe("a conversation with a removed account", () => {
  it("has a line in place of the composer, and a mark at its name", async () => {
    const { wrapper, store } = await open("/c/@yuki");
    expect(wrapper.find("textarea").exists()).toBe(true);
    expect(wrapper.get("h1").text()).not.toContain("read only");
    store.putUser(FAKE_IDS.yuki, { handle: "", displayName: "removed person", removed: true });
    await expect.poll(() => wrapper.find("textarea").exists()).toBe(false);
    expect(wrapper.text()).toContain("This account was removed.");
    expect(wrapper.get("h1").text()).toBe("removed person read only");
  });
});

describe("pinned messages", () => {
  async function openPins() {
    const client = createFakeClient();
    const [pinned, other] = client.control.store.$messages.get().filter(({ conversation }) => conversation === train);
    if (!pinned || !other) throw new Error("no messages");
    client.control.store.apply({ kind: "pin", seq: pinned.seq }, "p0", KWAME);
    const app = await open("/c/%23release-train", client);
    await app.wrapper.get("button[aria-label='Pinned messages']").trigger("click");
    const panel = () => document.querySelector("[role=dialog][aria-label='Pinned messages']");
    await expect.poll(() => panel()?.textContent).toContain("Cut is at 16:00");
    return { ...app, panel, other };
  }

  it("are listed, and follow what is pinned meanwhile", async () => {
    const { panel, store, other } = await openPins();
    store.apply({ kind: "pin", seq: other.seq }, "p1", KWAME);
    await expect.poll(() => panel()?.querySelectorAll("li").length).toBe(2);
    panel()?.querySelectorAll<HTMLElement>("button[aria-label=Unpin]")[1]?.click();
    await expect.poll(() => panel()?.querySelectorAll("li").length).toBe(1);
  });

  it("lead to the message", async () => {
    const { panel, wrapper } = await openPins();
    panel()?.querySelector<HTMLElement>("li button")?.click();
    await expect
      .poll(() =>
        wrapper
          .findAll("article.marked")
          .map((row) => row.text())
          .join(),
      )
      .toContain("Cut is at 16:00");
    expect(panel()).toBeNull();
  });
});

describe("the settings of a room", () => {
  it("are its creator's, and change only what was changed", async () => {
    const { wrapper, client } = await open("/c/%23general");
    await wrapper.get("button[aria-label='Room settings']").trigger("click");
    const input = () => document.querySelector<HTMLInputElement>("[role=dialog] input[name=title]");
    await expect.poll(input).not.toBeNull();
    const add = vi.spyOn(client.outbox, "add");
    const field = input();
    if (!field) throw new Error("no field");
    field.value = "Everybody";
    field.dispatchEvent(new Event("input"));
    document.querySelector("[role=dialog] form")?.dispatchEvent(new Event("submit", { cancelable: true }));
    await expect.poll(() => wrapper.get("h1").text()).toBe("Everybody");
    expect(add).toHaveBeenCalledWith({ kind: "update-room", room: general, title: "Everybody" });
  });

  it("are not offered to others", async () => {
    const client = createFakeClient();
    client.control.store.putRoom(general, { creator: SARA }, SARA);
    const { wrapper } = await open("/c/%23general", client);
    expect(wrapper.find("button[aria-label='Room settings']").exists()).toBe(false);
    expect(ME).not.toBe(SARA);
  });
});
