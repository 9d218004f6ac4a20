import { atom } from "nanostores";
import { expect, it } from "vitest";
import { restoredSession } from "./restored-session.ts";
import type { SessionState } from "./types.ts";

it("waits until a session has been restored, and leaves no listener", async () => {
  const $state = atom<SessionState>({ state: "restoring" });
  const restored = restoredSession($state);
  $state.set({ state: "signed-out", ended: false });
  expect(await restored).toEqual({ state: "signed-out", ended: false });
  expect(await restoredSession($state)).toEqual({ state: "signed-out", ended: false });
  expect($state.lc).toBe(0);
});

it("stops waiting when told to", async () => {
  const $state = atom<SessionState>({ state: "restoring" });
  const controller = new AbortController();
  const restored = restoredSession($state, { signal: controller.signal });
  controller.abort(new Error("enough"));
  await expect(restored).rejects.toThrow("enough");
  expect($state.lc).toBe(0);
});
