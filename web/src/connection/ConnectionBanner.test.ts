import type { ConnectionState } from "@chat/client";
import { nextTick } from "vue";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { mountApp } from "../testing/mount-app.ts";
import ConnectionBanner from "./ConnectionBanner.vue";

const waiting = (inMs: number): ConnectionState => ({
  state: "waiting",
  attempt: 2,
  retryAt: Date.now() + inMs,
  reason: "unreachable",
});

async function mountBanner() {
  const { wrapper, client } = await mountApp(ConnectionBanner);
  async function become(state: ConnectionState, forMs: number): Promise<string> {
    client.control.$connection.set(state);
    await nextTick();
    await vi.advanceTimersByTimeAsync(forMs);
    return wrapper.text();
  }
  return { wrapper, client, become };
}

describe("the connection banner", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("does not flash where the connection is back within a second", async () => {
    const { become } = await mountBanner();
    expect(await become({ state: "connecting", attempt: 1 }, 900)).toBe("");
    expect(await become({ state: "live" }, 200)).toBe("");
    // The second begins again with the next trouble.
    expect(await become({ state: "catching-up" }, 900)).toBe("");
    expect(await become({ state: "catching-up" }, 200)).toBe("Catching up…");
  });

  it("counts down to the next try", async () => {
    const { wrapper, become } = await mountBanner();
    expect(await become(waiting(9_000), 1_000)).toContain("No connection to the server.");
    expect(wrapper.text()).toContain("8 s");
    await vi.advanceTimersByTimeAsync(3_000);
    expect(wrapper.text()).toContain("5 s");
    await vi.advanceTimersByTimeAsync(20_000);
    expect(wrapper.text()).toContain("0 s");
  });

  it("announces the state, not every second", async () => {
    const { wrapper, become } = await mountBanner();
    await become(waiting(9_000), 1_500);
    expect(wrapper.get("[role=status]").text()).toBe("No connection to the server.");
  });

  it("tries at once when asked, and goes as soon as the connection lives", async () => {
    const { wrapper, client, become } = await mountBanner();
    await become(waiting(9_000), 1_500);
    await wrapper.get("button").trigger("click");
    expect(client.control.calls).toContain("retryNow");
    expect(await become({ state: "live" }, 0)).toBe("");
  });
});
