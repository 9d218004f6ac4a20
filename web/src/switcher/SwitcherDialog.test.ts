import { flushPromises } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import { nextTick } from "vue";
import { createFakeError } from "../testing/fake-error.ts";
import { mountApp } from "../testing/mount-app.ts";
import NewChatDialog from "./NewChatDialog.vue";
import SwitcherDialog from "./SwitcherDialog.vue";

async function mountDialog(component = SwitcherDialog as typeof SwitcherDialog | typeof NewChatDialog) {
  const app = await mountApp(component);
  await expect.poll(() => document.querySelector("[role=combobox]")).not.toBeNull();
  const input = document.querySelector<HTMLInputElement>("[role=combobox]");
  if (!input) throw new Error("no input");
  async function type(text: string): Promise<void> {
    if (!input) return;
    input.value = text;
    input.dispatchEvent(new Event("input"));
    await nextTick();
  }
  async function press(key: string): Promise<void> {
    input?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    await flushPromises();
  }
  const options = () => [...document.querySelectorAll("[role=option]")].map(({ textContent }) => textContent.trim());
  const chosen = () => document.querySelector("[role=option][aria-selected=true]");
  return { ...app, input, type, press, options, chosen };
}

describe("the switcher", () => {
  it("goes with arrows and Enter alone", async () => {
    const { router, wrapper, input, press, chosen } = await mountDialog();
    expect(chosen()?.textContent).toContain("General");
    await press("ArrowDown");
    expect(chosen()?.textContent).toContain("Sara Lindqvist");
    expect(input.getAttribute("aria-activedescendant")).toBe(chosen()?.id);
    await press("Enter");
    await expect.poll(() => router.currentRoute.value.params["address"]).toBe("@mehdi1");
    expect(wrapper.emitted("close")).toHaveLength(1);
  });

  it("goes round at both ends", async () => {
    const { press, chosen, options } = await mountDialog();
    await press("ArrowUp");
    expect(chosen()?.textContent.trim()).toBe(options().at(-1));
    await press("ArrowDown");
    expect(chosen()?.textContent.trim()).toBe(options()[0]);
  });

  it("finds conversations at once and people when typing pauses", async () => {
    const { type, options, client } = await mountDialog();
    await type("kwa");
    await expect.poll(options).toEqual([expect.stringContaining("Kwame")]);
    expect(client.control.calls.filter((call) => call === "users.search")).toHaveLength(1);
    await type("#gen");
    expect(options()).toEqual([expect.stringContaining("General")]);
  });

  it("begins at the first choice with each letter typed", async () => {
    const { type, press, chosen, options } = await mountDialog();
    await press("ArrowDown");
    await type("e");
    expect(chosen()?.textContent.trim()).toBe(options()[0]);
  });

  it("says so where nothing is found, and where searching failed", async () => {
    const { type, client } = await mountDialog();
    const status = () => document.querySelector("[role=dialog] [role=status]")?.textContent.trim();
    await type("zzzzzz");
    await expect.poll(status).toBe("No person or room by that name.");
    client.control.failNext("users.search", createFakeError("unavailable", "the server cannot be reached"));
    await type("zzzzz");
    await expect.poll(status).toBe("The server cannot be reached.");
  });

  it("closes on Escape", async () => {
    const { wrapper, press } = await mountDialog();
    await press("Escape");
    expect(wrapper.emitted("close")).toHaveLength(1);
  });
});

describe("a new chat", () => {
  it("offers everybody but oneself, and opens the conversation", async () => {
    const { options, type, press, router } = await mountDialog(NewChatDialog);
    await expect.poll(() => options().length).toBeGreaterThan(3);
    expect(options().join()).not.toContain("Mehdi Karimi");
    await type("ines");
    await expect.poll(() => options().length).toBe(1);
    await press("Enter");
    await expect.poll(() => router.currentRoute.value.params["address"]).toBe("@ines");
  });
});
