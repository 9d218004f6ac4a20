import { flushPromises } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import { createMemoryHistory } from "vue-router";
import { createChatRouter, nextLocation } from "./router.ts";
import { followSession } from "./session/follow-session.ts";
import { createFakeClient } from "./testing/fake-client.ts";

const USER = { id: 4096, handle: "mehdi", displayName: "Mehdi", removed: false };

function setUp(signedIn: boolean) {
  const client = createFakeClient({ signedIn });
  const router = createChatRouter({ client, history: createMemoryHistory() });
  followSession(client, router);
  const { $session } = client.control;
  async function at(path: string): Promise<string> {
    await router.push(path);
    return router.currentRoute.value.fullPath;
  }
  return { router, $session, at };
}

describe("who may see which page", () => {
  it("sends strangers to the sign-in page, and remembers where they wanted to go", async () => {
    const { at, router } = setUp(false);
    expect(await at("/c/%23general")).toBe("/sign-in?next=/c/%2523general");
    expect(router.currentRoute.value.query["next"]).toBe("/c/%23general");
    expect(await at("/")).toBe("/sign-in");
    expect(await at("/register")).toBe("/register");
    expect(await at("/nowhere/at-all")).toBe("/nowhere/at-all");
  });

  it("sends members on from the pages for strangers", async () => {
    const { at } = setUp(true);
    expect(await at("/sign-in")).toBe("/");
    expect(await at("/register?next=/rooms")).toBe("/rooms");
    expect(await at("/c/@mehdi1")).toBe("/c/@mehdi1");
  });

  it("waits for the stored session", async () => {
    const { router, $session } = setUp(false);
    $session.set({ state: "restoring" });
    const arrived = router.push("/rooms");
    await flushPromises();
    expect(router.currentRoute.value.matched).toEqual([]);
    $session.set({ state: "signed-in", user: USER });
    await arrived;
    expect(router.currentRoute.value.name).toBe("rooms");
  });

  it("leads on after signing in", async () => {
    const { at, router, $session } = setUp(false);
    await at("/rooms");
    $session.set({ state: "signed-in", user: USER });
    await expect.poll(() => router.currentRoute.value.fullPath).toBe("/rooms");
  });

  it("leads back to the same page whom the server signed out, and to the start who left", async () => {
    const { at, router, $session } = setUp(true);
    await at("/rooms");
    $session.set({ state: "signed-out", ended: true });
    await expect.poll(() => router.currentRoute.value.fullPath).toBe("/sign-in?next=/rooms");
    $session.set({ state: "signed-in", user: USER });
    await expect.poll(() => router.currentRoute.value.fullPath).toBe("/rooms");
    $session.set({ state: "signed-out", ended: false });
    await expect.poll(() => router.currentRoute.value.fullPath).toBe("/sign-in");
  });

  it("never leads out of the app", () => {
    const { router } = setUp(true);
    for (const next of [
      "https://evil.example",
      "//evil.example",
      "/\\evil.example",
      "javascript:x",
      "/sign-in",
      undefined,
      ["/rooms"],
    ]) {
      expect(nextLocation(router, next)).toEqual({ name: "home" });
    }
    expect(nextLocation(router, "/c/@mehdi1")).toBe("/c/@mehdi1");
  });
});
