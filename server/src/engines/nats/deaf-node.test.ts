import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { leaveDeafNodes } from "./deaf-node.ts";
import { DEAF_NODE_LEFT_MS, PROBE_MS } from "./timing.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const logger = { info() {}, warn() {}, error() {} };

it("leaves a node through which the log does not answer, and the next one not before it had its time", async () => {
  const node = { isDeaf: false };
  const leave = vi.fn(async () => {});
  const stop = leaveDeafNodes({ isDeaf: () => node.isDeaf, leave, logger });
  await vi.advanceTimersByTimeAsync(10 * PROBE_MS);
  expect(leave).not.toHaveBeenCalled();
  node.isDeaf = true;
  await vi.advanceTimersByTimeAsync(PROBE_MS);
  expect(leave).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(DEAF_NODE_LEFT_MS - PROBE_MS);
  expect(leave).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(2 * PROBE_MS);
  expect(leave).toHaveBeenCalledTimes(2);
  node.isDeaf = false;
  await vi.advanceTimersByTimeAsync(10 * PROBE_MS);
  expect(leave).toHaveBeenCalledTimes(2);
  stop();
  expect(vi.getTimerCount()).toBe(0);
});
