import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Bus } from "./bus.ts";

/** Two ends of one bus. */
export interface BusHarness extends AsyncDisposable {
  readonly buses: readonly [Bus, Bus];
}

/** Signals are on their way for a moment. */
const SETTLE_MS = 150;

/** What every adapter of {@link Bus} promises. */
export function describeBus(name: string, createHarness: () => Promise<BusHarness>): void {
  describe(`bus on ${name}`, () => {
    let harness: BusHarness;
    beforeAll(async () => {
      harness = await createHarness();
    });
    afterAll(() => harness[Symbol.asyncDispose]());

    it("brings a signal to every subscriber of exactly its subject, the sender's own included", async () => {
      const [one, two] = harness.buses;
      const stop = new AbortController();
      const heard: string[] = [];
      const listen = async (bus: Bus, subject: string, who: string): Promise<void> => {
        for await (const data of bus.subscribe(subject, { signal: stop.signal }))
          heard.push(`${who} ${Buffer.from(data).toString()}`);
      };
      const over = [listen(one, "room.1", "one"), listen(two, "room.1", "two"), listen(two, "room.10", "other")];
      await delay(SETTLE_MS);
      one.publish("room.1", Buffer.from("hello"));
      one.publish("room", Buffer.from("nobody"));
      await delay(SETTLE_MS);
      expect(heard.sort()).toEqual(["one hello", "two hello"]);
      stop.abort();
      await Promise.all(over);
    });

    it("drops the oldest for a reader that is slow", async () => {
      const [one] = harness.buses;
      const stop = new AbortController();
      const signals = one.subscribe("flood", { signal: stop.signal, limit: 3 })[Symbol.asyncIterator]();
      const first = signals.next();
      await delay(SETTLE_MS);
      for (let number = 0; number < 10; number++) one.publish("flood", Buffer.from([number]));
      await delay(SETTLE_MS);
      const taken = [(await first).value?.[0]];
      while (taken.at(-1) !== 9) taken.push(((await signals.next()).value as Uint8Array)[0]);
      expect(taken.length).toBeLessThanOrEqual(4);
      expect(taken.slice(-3)).toEqual([7, 8, 9]);
      stop.abort();
      expect((await signals.next()).done).toBe(true);
    });

    it("ends without an error when the signal aborts, before it and while it waits, and when the reader leaves", async () => {
      const [one, two] = harness.buses;
      expect(await Array.fromAsync(one.subscribe("ending", { signal: AbortSignal.abort() }))).toEqual([]);
      const stop = new AbortController();
      const waiting = Array.fromAsync(one.subscribe("ending", { signal: stop.signal }));
      await delay(SETTLE_MS);
      stop.abort();
      two.publish("ending", Buffer.from("late"));
      expect(await waiting).toEqual([]);
      const left = one.subscribe("ending", { signal: new AbortController().signal });
      const first = left[Symbol.asyncIterator]();
      await first.return?.();
      expect((await first.next()).done).toBe(true);
    });

    it("ends its subscriptions when it closes, begins none after, and publishes into the void without an error", async () => {
      const [one] = harness.buses;
      const waiting = Array.fromAsync(one.subscribe("closing", { signal: new AbortController().signal }));
      await delay(SETTLE_MS);
      await one.close();
      await one.close();
      expect(await waiting).toEqual([]);
      const signal = AbortSignal.timeout(2_000);
      expect(await Array.fromAsync(one.subscribe("closing", { signal }))).toEqual([]);
      expect(signal.aborted).toBe(false);
      one.publish("closing", Buffer.from("nobody"));
    });
  });
}
