import { flushPromises } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import { createFakeClient } from "../testing/fake-client.ts";
import { createFakeError } from "../testing/fake-error.ts";
import { mountApp } from "../testing/mount-app.ts";
import ConversationPage from "./ConversationPage.vue";

const open = (address: string, client = createFakeClient()) =>
  mountApp(ConversationPage, { client, props: { address }, path: `/c/${encodeURIComponent(address)}` });

describe("the page of a conversation", () => {
  it("shows who or what it is, and a place to write", async () => {
    const { wrapper } = await open("#general");
    expect(wrapper.get("header").text()).toContain("General");
    expect(wrapper.get("header").text()).toContain("12 members");
    expect(wrapper.find("textarea").exists()).toBe(true);
    expect(wrapper.find("button[aria-label='Leave room']").exists()).toBe(true);
  });

  it("opens with somebody one has never written with", async () => {
    const { wrapper } = await open("@kwame");
    expect(wrapper.get("h1").text()).toBe("Kwame");
    expect(wrapper.text()).toContain("Say hello");
    expect(wrapper.find("button[aria-label='Leave room']").exists()).toBe(false);
  });

  it("asks to join a room first, and then lets one write", async () => {
    const { wrapper, client } = await open("#lunch");
    expect(wrapper.find("textarea").exists()).toBe(false);
    expect(client.control.calls).not.toContain("timeline.load");
    await wrapper.get("form").trigger("submit");
    await flushPromises();
    expect(client.control.calls).toContain("join");
    expect(wrapper.find("textarea").exists()).toBe(true);
  });

  it("says why joining failed", async () => {
    const { wrapper, client } = await open("#lunch");
    client.control.failNext("join", createFakeError("permission_denied", "You were removed from this room."));
    await wrapper.get("form").trigger("submit");
    await flushPromises();
    expect(wrapper.get("[role=alert]").text()).toContain("You did not join the room. You were removed from this room.");
  });

  it("says that there is nothing at an unknown address, or at one that is none", async () => {
    for (const address of ["@nobody", "#nothing", "nonsense"]) {
      const { wrapper } = await open(address);
      expect(wrapper.text()).toContain(`Nothing at ${address}`);
      expect(wrapper.find("textarea").exists()).toBe(false);
    }
  });

  it("lets one write while the server cannot say who that is", async () => {
    const client = createFakeClient();
    client.control.failNext("conversations.find", createFakeError("unavailable", "no connection"));
    const { wrapper } = await open("@ines", client);
    expect(wrapper.get("h1").text()).toBe("ines");
    expect(wrapper.find("textarea").exists()).toBe(true);
    // And asks again once there is a connection.
    client.control.$connection.set({ state: "connecting", attempt: 1 });
    await flushPromises();
    client.control.$connection.set({ state: "live" });
    await flushPromises();
    expect(wrapper.get("h1").text()).toBe("Inês Duarte");
  });

  it("forgives capitals in the path", async () => {
    const { router } = await open("@MEHDI1");
    expect(router.currentRoute.value.params["address"]).toBe("@mehdi1");
  });

  it("asks before it leaves a room", async () => {
    const { wrapper, client, router } = await open("#general");
    await wrapper.get("button[aria-label='Leave room']").trigger("click");
    await expect.poll(() => document.querySelector("[role=dialog]")?.textContent).toContain("Leave General?");
    expect(client.control.calls).not.toContain("leave");
    const buttons = [...document.querySelectorAll<HTMLButtonElement>("[role=dialog] button")];
    buttons.find(({ textContent }) => textContent === "Leave room")?.click();
    await flushPromises();
    expect(client.control.calls).toContain("leave");
    await expect.poll(() => router.currentRoute.value.name).toBe("home");
  });
});
