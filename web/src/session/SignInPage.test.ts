import { flushPromises } from "@vue/test-utils";
import { describe, expect, it, vi } from "vitest";
import { createFakeClient } from "../testing/fake-client.ts";
import { createFakeError } from "../testing/fake-error.ts";
import { mountApp } from "../testing/mount-app.ts";
import SignInPage from "./SignInPage.vue";

async function mountPage() {
  const client = createFakeClient({ signedIn: false });
  const login = vi.spyOn(client.session, "login");
  const app = await mountApp(SignInPage, { client, path: "/sign-in" });
  async function submit(name: string, password: string): Promise<void> {
    await app.wrapper.get("input[name=username]").setValue(name);
    await app.wrapper.get("input[name=password]").setValue(password);
    await app.wrapper.get("form").trigger("submit");
    await flushPromises();
  }
  return { ...app, login, submit };
}

describe("signing in", () => {
  it("passes on what was typed, and whether to remember it", async () => {
    const { wrapper, login, submit } = await mountPage();
    await submit(" mehdi@yahoo.com ", " 000000");
    expect(login).toHaveBeenLastCalledWith({ login: "mehdi@yahoo.com", password: " 000000", remember: true });
    await wrapper.get("input[name=remember]").setValue(false);
    await submit("mehdi", "000000");
    expect(login).toHaveBeenLastCalledWith({ login: "mehdi", password: "000000", remember: false });
  });

  it("says that name and password do not match", async () => {
    const { wrapper, client, submit } = await mountPage();
    client.control.failNext("login", createFakeError("unauthenticated", "bad credentials"));
    await submit("mehdi", "wrong");
    expect(wrapper.get("[role=alert]").text()).toBe("That name and password do not match.");
    // What was typed stays.
    expect(wrapper.get<HTMLInputElement>("input[name=username]").element.value).toBe("mehdi");
  });

  it("shows other errors in the server's words", async () => {
    const { wrapper, client, submit } = await mountPage();
    client.control.failNext("login", createFakeError("resource_exhausted", "too many tries, wait 10 minutes"));
    await submit("mehdi", "wrong");
    expect(wrapper.get("[role=alert]").text()).toBe("Too many tries, wait 10 minutes.");
  });

  it("tells whom the server signed out that the session has ended", async () => {
    const { wrapper, client } = await mountPage();
    expect(wrapper.text()).not.toContain("session has ended");
    client.control.$session.set({ state: "signed-out", ended: true });
    await flushPromises();
    expect(wrapper.text()).toContain("Your session has ended");
  });

  it("labels its fields for people and password managers", async () => {
    const { wrapper } = await mountPage();
    const input = wrapper.get("input[name=password]");
    expect(input.attributes()).toMatchObject({ type: "password", autocomplete: "current-password" });
    expect(wrapper.get(`label[for="${input.attributes("id") ?? ""}"]`).text()).toBe("Password");
    await wrapper.get("button[aria-label='Show password']").trigger("click");
    expect(input.attributes("type")).toBe("text");
  });
});
