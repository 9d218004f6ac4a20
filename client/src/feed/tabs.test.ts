import { describe, expect, it } from "vitest";
import { createFakeBrowser } from "../testing/fake-tabs.ts";
import { createBrowserTabs } from "./browser-tabs.ts";
import { LockStolen, type Tabs } from "./tabs.ts";

const never = (): AbortSignal => new AbortController().signal;

/** The platform's own Web Locks and BroadcastChannel, which Node has as browsers do. */
const platform = createBrowserTabs(globalThis) as Tabs;

describe.each([
  ["fake", createFakeBrowser().tab],
  ["browser", () => platform],
])("%s tabs", (name, tab) => {
  const lockName = `tabs-${name}`;

  it("let one at a time hold a lock, in the order asked", async () => {
    const [one, other] = [tab(), tab()];
    const order: string[] = [];
    const held = Promise.withResolvers<void>();
    const first = one.lock(
      lockName,
      async () => {
        order.push("one");
        await held.promise;
        order.push("one ends");
      },
      { signal: never(), steal: false },
    );
    const second = other.lock(lockName, async () => void order.push("other"), { signal: never(), steal: false });
    await new Promise((resolve) => setTimeout(resolve, 10));
    held.resolve();
    await Promise.all([first, second]);
    expect(order).toEqual(["one", "one ends", "other"]);
  });

  it("stop waiting when told to", async () => {
    const held = Promise.withResolvers<void>();
    const holder = tab().lock(lockName, () => held.promise, { signal: never(), steal: false });
    const controller = new AbortController();
    const waiting = tab().lock(lockName, () => expect.fail("ran"), { signal: controller.signal, steal: false });
    const outcome = expect(waiting).rejects.toThrow("enough");
    await new Promise((resolve) => setTimeout(resolve, 10));
    controller.abort(new Error("enough"));
    await outcome;
    held.resolve();
    await holder;
  });

  it("take a lock from its holder, who is told", async () => {
    const held = Promise.withResolvers<void>();
    const holder = tab().lock(lockName, () => held.promise, { signal: never(), steal: false });
    const outcome = expect(holder).rejects.toThrow(LockStolen);
    await new Promise((resolve) => setTimeout(resolve, 10));
    let ran = false;
    await tab().lock(lockName, async () => void (ran = true), { signal: never(), steal: true });
    expect(ran).toBe(true);
    await outcome;
    held.resolve();
  });

  it("hear what others post, in order, and nothing of their own or of near names", async () => {
    const heard: unknown[] = [];
    const own: unknown[] = [];
    const one = tab().channel("stream-1", (message) => own.push(message));
    const other = tab().channel("stream-1", (message) => heard.push(message));
    const near = tab().channel("stream-10", (message) => heard.push(message));
    one.post({ kind: "frames", n: 1, frames: [new Uint8Array([1, 2])] });
    one.post({ kind: "ask" });
    await expect.poll(() => heard.length).toBe(2);
    expect(heard).toEqual([{ kind: "frames", n: 1, frames: [new Uint8Array([1, 2])] }, { kind: "ask" }]);
    expect(own).toEqual([]);
    for (const channel of [one, other, near]) channel.close();
  });
});

describe("browser tabs", () => {
  it("are none where the platform lacks locks or channels", () => {
    expect(createBrowserTabs({ navigator: {}, BroadcastChannel })).toBeUndefined();
    expect(createBrowserTabs({ navigator: { locks: navigator.locks } })).toBeUndefined();
  });
});
