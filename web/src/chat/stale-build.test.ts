import { describe, expect, it, vi } from "vitest";
import { reloadOnStaleBuild } from "./stale-build.ts";

function setUp(onLine = true) {
  const events = new EventTarget();
  const stored = new Map<string, string>();
  const reload = vi.fn();
  let now = 1_000_000;
  const page = {
    addEventListener: events.addEventListener.bind(events),
    sessionStorage: {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => stored.set(key, value),
    },
    navigator: { onLine },
    location: { reload },
  };
  reloadOnStaleBuild(page as unknown as Window, () => now);
  const fail = () => events.dispatchEvent(new Event("vite:preloadError"));
  return { reload, fail, pass: (ms: number) => (now += ms) };
}

describe("a page older than the server", () => {
  it("is loaded once more, but not over and over", () => {
    const { reload, fail, pass } = setUp();
    fail();
    fail();
    expect(reload).toHaveBeenCalledOnce();
    pass(61_000);
    fail();
    expect(reload).toHaveBeenCalledTimes(2);
  });

  it("stays while offline", () => {
    const { reload, fail } = setUp(false);
    fail();
    expect(reload).not.toHaveBeenCalled();
  });
});
