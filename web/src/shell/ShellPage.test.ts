import { describe, expect, it } from "vitest";
import { FAKE_IDS, FAKE_ROOMS } from "../testing/fake-data.ts";
import { giveElementsSize } from "../testing/layout.ts";
import { mountApp } from "../testing/mount-app.ts";
import ShellPage from "./ShellPage.vue";

async function mountShell(path: string) {
  giveElementsSize(800);
  const app = await mountApp(ShellPage, { path });
  const press = (key: string, change: KeyboardEventInit = {}) =>
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...change }));
  const address = () => app.router.currentRoute.value.params["address"];
  return { ...app, press, address };
}

describe("the shell", () => {
  it("shows one pane at a time on a phone: the list at the start, else the page", async () => {
    const { wrapper, router } = await mountShell("/");
    const hidden = () =>
      [wrapper.get("main").element, wrapper.get("nav").element.parentElement].map((pane) =>
        pane?.classList.contains("max-md:hidden"),
      );
    expect(hidden()).toEqual([true, false]);
    await router.push("/rooms");
    expect(hidden()).toEqual([false, true]);
  });

  it("moves through conversations with Alt and arrows", async () => {
    const { press, address } = await mountShell("/c/%23general");
    press("ArrowDown", { altKey: true });
    await expect.poll(address).toBe("@mehdi1");
    press("ArrowUp", { altKey: true });
    await expect.poll(address).toBe("#general");
  });

  it("moves to what is new with Shift", async () => {
    const { press, address, client } = await mountShell("/c/@layla");
    client.control.receive(FAKE_ROOMS["release-train"], FAKE_IDS.ines, "news");
    press("ArrowDown", { altKey: true, shiftKey: true });
    await expect.poll(address).toBe("#release-train");
  });

  it("opens switcher and help by key", async () => {
    const { press } = await mountShell("/rooms");
    const dialog = () => document.querySelector("[role=dialog]")?.textContent ?? "";
    press("?");
    await expect.poll(dialog).toContain("Keyboard shortcuts");
    press("Escape");
    await expect.poll(dialog).toBe("");
    press("k", { ctrlKey: true });
    await expect.poll(dialog).toContain("Jump to a conversation");
  });

  it("leaves the keyboard to an open dialog", async () => {
    const { press, router } = await mountShell("/rooms");
    press("?");
    await expect.poll(() => document.querySelector("[role=dialog]")).not.toBeNull();
    press("ArrowDown", { altKey: true });
    press("k", { ctrlKey: true });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(router.currentRoute.value.name).toBe("rooms");
    expect(document.querySelector("[role=dialog]")?.textContent).toContain("Keyboard shortcuts");
  });

  it("gives the focus back after going where one is already", async () => {
    const { press } = await mountShell("/c/%23general");
    const composer = () => document.querySelector("textarea");
    await expect.poll(composer).not.toBeNull();
    composer()?.focus();
    press("k", { ctrlKey: true });
    await expect.poll(() => document.activeElement?.getAttribute("role")).toBe("combobox");
    document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    await expect.poll(() => document.activeElement === composer()).toBe(true);
  });

  it("signs out by the menu", async () => {
    const { wrapper, client } = await mountShell("/rooms");
    await wrapper.get("button[aria-label='Your menu']").trigger("click");
    const item = () =>
      [...document.querySelectorAll<HTMLElement>("[role=menuitem]")].find((each) =>
        each.textContent.includes("Sign out"),
      );
    await expect.poll(item).toBeDefined();
    item()?.click();
    await expect.poll(() => client.control.calls).toContain("logout");
  });
});
