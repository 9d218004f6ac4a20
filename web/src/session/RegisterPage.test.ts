import { flushPromises } from "@vue/test-utils";
import { describe, expect, it, vi } from "vitest";
import { createFakeClient } from "../testing/fake-client.ts";
import { createFakeError } from "../testing/fake-error.ts";
import { mountApp } from "../testing/mount-app.ts";
import RegisterPage from "./RegisterPage.vue";

const INPUT = { email: "ada@example.org", username: "Ada", display_name: " Ada L. ", password: "correct horse" };

async function mountPage() {
  const client = createFakeClient({ signedIn: false });
  const register = vi.spyOn(client.session, "register");
  const app = await mountApp(RegisterPage, { client, path: "/register" });
  async function submit(input: Record<string, string>): Promise<void> {
    for (const [name, value] of Object.entries(input)) await app.wrapper.get(`input[name=${name}]`).setValue(value);
    await app.wrapper.get("form").trigger("submit");
    await flushPromises();
  }
  /** What stands below the field and is read with it. */
  function note(name: string): string {
    const id = app.wrapper.get(`input[name=${name}]`).attributes("aria-describedby") ?? "none";
    return app.wrapper.find(`[id="${id}"] .text-danger`).text();
  }
  return { ...app, register, submit, note };
}

describe("creating an account", () => {
  it("passes on what was typed", async () => {
    const { register, submit } = await mountPage();
    await submit(INPUT);
    expect(register).toHaveBeenLastCalledWith({
      email: "ada@example.org",
      username: "ada",
      displayName: "Ada L.",
      password: "correct horse",
      remember: true,
    });
  });

  it("leaves the name out where none was typed", async () => {
    const { register, submit } = await mountPage();
    await submit({ ...INPUT, display_name: "  " });
    expect(register.mock.lastCall?.[0]).not.toHaveProperty("displayName");
  });

  it("shows each error next to its field, and goes to the first", async () => {
    const { wrapper, client, submit, note } = await mountPage();
    client.control.failNext(
      "register",
      createFakeError("invalid_argument", "invalid", [
        { field: "username", description: "is taken" },
        { field: "display_name", description: "is too long" },
        { field: "password", description: "must have at least 6 characters" },
      ]),
    );
    await submit(INPUT);
    expect(note("username")).toBe("Is taken.");
    expect(note("display_name")).toBe("Is too long.");
    expect(note("password")).toBe("Must have at least 6 characters.");
    expect(wrapper.get("input[name=email]").attributes("aria-invalid")).toBe("false");
    expect(wrapper.get("input[name=username]").attributes("aria-invalid")).toBe("true");
    expect(document.activeElement?.getAttribute("name")).toBe("username");
    expect(wrapper.find("[role=alert]").exists()).toBe(false);
  });

  it("shows an error that belongs to no field above them all", async () => {
    const { wrapper, client, submit } = await mountPage();
    client.control.failNext("register", createFakeError("unavailable", "the server cannot be reached"));
    await submit(INPUT);
    expect(wrapper.get("[role=alert]").text()).toBe("The server cannot be reached.");
  });
});
