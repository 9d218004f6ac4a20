import { flushPromises } from "@vue/test-utils";
import { describe, expect, it, vi } from "vitest";
import ShellDialogs from "../shell/ShellDialogs.vue";
import ShellUser from "../shell/ShellUser.vue";
import { createFakeClient } from "../testing/fake-client.ts";
import { FAKE_IDS } from "../testing/fake-data.ts";
import { createFakeError } from "../testing/fake-error.ts";
import { mountApp } from "../testing/mount-app.ts";

const dialog = () => document.querySelector("[role=dialog]");
const button = (name: string) =>
  [...document.querySelectorAll<HTMLButtonElement>("[role=dialog] button")].find(
    ({ textContent }) => textContent.trim() === name,
  );
async function fill(name: string, text: string): Promise<void> {
  const input = document.querySelector<HTMLInputElement>(`[role=dialog] input[name=${name}]`);
  if (!input) throw new Error(`no field ${name}`);
  input.value = text;
  input.dispatchEvent(new Event("input"));
  await flushPromises();
}
async function submit(): Promise<void> {
  document.querySelector("[role=dialog] form")?.dispatchEvent(new Event("submit", { cancelable: true }));
  await flushPromises();
}

describe("signing out", () => {
  async function pressSignOut(actions: number) {
    const client = createFakeClient();
    client.control.$connection.set({ state: "waiting", attempt: 1, retryAt: 0, reason: "" });
    for (let index = 0; index < actions; index++) await client.outbox.add({ kind: "pin", seq: 3 * (index + 1) });
    const user = await mountApp(ShellUser, { client });
    await user.wrapper.get("button[aria-label='Your menu']").trigger("click");
    const item = () =>
      [...document.querySelectorAll<HTMLElement>("[role=menuitem]")].find((each) =>
        each.textContent.includes("Sign out"),
      );
    await expect.poll(item).toBeDefined();
    item()?.click();
    await flushPromises();
    return { client, shell: user.shell };
  }

  it("asks nothing where nothing is lost by it", async () => {
    const { client, shell } = await pressSignOut(0);
    await expect.poll(() => client.control.calls).toContain("logout");
    expect(shell.dialog.value).toBeUndefined();
  });

  it("asks first where actions have not reached the server", async () => {
    const { client, shell } = await pressSignOut(2);
    await expect.poll(() => shell.dialog.value).toBe("sign-out");
    expect(client.control.calls).not.toContain("logout");
  });

  it("names how many there are, and goes on only when told to", async () => {
    const client = createFakeClient();
    client.control.$connection.set({ state: "waiting", attempt: 1, retryAt: 0, reason: "" });
    for (const seq of [3, 6]) await client.outbox.add({ kind: "pin", seq });
    const { shell } = await mountApp(ShellDialogs, { client });
    shell.open("sign-out");
    await expect.poll(() => dialog()?.textContent).toContain("2 actions of yours are not done");
    await expect.poll(() => document.activeElement).toBe(button("Stay signed in"));
    button("Stay signed in")?.click();
    await expect.poll(() => shell.dialog.value).toBeUndefined();
    expect(client.control.calls).not.toContain("logout");
    shell.open("sign-out");
    await expect.poll(() => button("Sign out")).toBeDefined();
    button("Sign out")?.click();
    await expect.poll(() => client.control.calls).toContain("logout");
  });
});

describe("the profile", () => {
  async function openProfile() {
    const app = await mountApp(ShellDialogs);
    app.shell.open("profile");
    await expect.poll(() => document.querySelector("[role=dialog] input[name=username]")).not.toBeNull();
    return { ...app, update: vi.spyOn(app.client.session, "updateProfile") };
  }

  it("begins in the first field, and saves only what was changed", async () => {
    const { update, shell } = await openProfile();
    await expect.poll(() => document.activeElement?.getAttribute("name")).toBe("display_name");
    await fill("username", " @Mehdi-K ");
    await submit();
    expect(update).toHaveBeenCalledWith({ username: "mehdi-k" });
    await expect.poll(() => shell.dialog.value).toBeUndefined();
    expect(shell.notice.value).toBe("Profile saved");
  });

  it("shows a taken handle at its field", async () => {
    const { client, shell } = await openProfile();
    client.control.failNext("updateProfile", createFakeError("already_exists", "this handle is taken"));
    await fill("username", "kwame");
    await submit();
    const input = document.querySelector("[role=dialog] input[name=username]");
    const note = document.getElementById(input?.getAttribute("aria-describedby") ?? "none");
    expect(note?.textContent).toContain("This handle is taken.");
    expect(shell.dialog.value).toBe("profile");
  });

  it("shows the new name everywhere at once", async () => {
    const app = await mountApp(ShellUser);
    await app.client.session.updateProfile({ displayName: "Mehdi K." });
    await flushPromises();
    expect(app.wrapper.text()).toContain("Mehdi K.");
    expect(FAKE_IDS.mehdi).toBe(app.client.control.store.ownId);
  });
});

describe("removing the account", () => {
  async function openRemoval() {
    const app = await mountApp(ShellDialogs);
    app.shell.open("remove-account");
    await expect.poll(() => document.querySelector("[role=dialog] input[name=confirm]")).not.toBeNull();
    return { ...app, remove: vi.spyOn(app.client.session, "deleteAccount") };
  }

  it("needs the password and the handle typed", async () => {
    const { remove } = await openRemoval();
    expect(button("Remove account")?.disabled).toBe(true);
    await fill("password", "secret");
    await fill("confirm", "mehdi1");
    expect(button("Remove account")?.disabled).toBe(true);
    await submit();
    expect(remove).not.toHaveBeenCalled();
    await fill("confirm", "@mehdi");
    expect(button("Remove account")?.disabled).toBe(false);
    await submit();
    expect(remove).toHaveBeenCalledWith({ password: "secret", withMessages: false });
  });

  it("erases the messages, too, where that is chosen", async () => {
    const { remove } = await openRemoval();
    document.querySelectorAll<HTMLInputElement>("[role=dialog] input[type=radio]")[1]?.click();
    await fill("password", "secret");
    await fill("confirm", "mehdi");
    await submit();
    expect(remove).toHaveBeenCalledWith({ password: "secret", withMessages: true });
  });

  it("says so where the password is wrong", async () => {
    const { client } = await openRemoval();
    client.control.failNext("deleteAccount", createFakeError("unauthenticated", "wrong"));
    await fill("password", "nope");
    await fill("confirm", "mehdi");
    await submit();
    expect(dialog()?.textContent).toContain("That is not your password.");
  });
});
