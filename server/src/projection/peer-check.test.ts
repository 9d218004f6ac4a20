import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createTestBus } from "../testing/test-bus.ts";
import { ANNOUNCE_MS } from "./announcements.ts";
import { startPeerCheck } from "./peer-check.ts";

function servers(...names: string[]) {
  const bus = createTestBus();
  let time = 0;
  const peers = names.map((server) => {
    const onDifference = vi.fn<() => void>();
    const onOddOneOut = vi.fn<(isOdd: boolean) => void>();
    const check = startPeerCheck({
      bus,
      server,
      epoch: "e",
      logger: pino({ enabled: false }),
      now: () => time,
      onDifference,
      onOddOneOut,
    });
    return { check, onDifference, onOddOneOut };
  });
  return {
    peers,
    async announce() {
      time += ANNOUNCE_MS;
      await vi.advanceTimersByTimeAsync(ANNOUNCE_MS);
    },
  };
}

const hash = (text: string): Uint8Array => Buffer.from(text);

describe("the peer check", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is quiet while all agree, also when one is behind", async () => {
    const { peers, announce } = servers("a", "b", "c");
    peers[0]?.check.note(64, hash("one"), hash("log"));
    await announce();
    for (const { check } of peers.slice(1)) check.note(64, hash("one"), hash("log"));
    await announce();
    for (const { onDifference, onOddOneOut } of peers) {
      expect(onDifference).not.toHaveBeenCalled();
      expect(onOddOneOut).not.toHaveBeenCalled();
    }
  });

  it("raises an alarm on a difference, also with a server that was ahead, and takes the odd one of three out", async () => {
    const { peers, announce } = servers("a", "b", "c");
    peers[0]?.check.note(64, hash("one"), hash("log"));
    peers[1]?.check.note(64, hash("one"), hash("log"));
    await announce();
    peers[2]?.check.note(64, hash("two"), hash("log"));
    await announce();
    expect(peers.map(({ onDifference }) => onDifference.mock.calls.length > 0)).toEqual([true, true, true]);
    expect(peers[2]?.onOddOneOut).toHaveBeenLastCalledWith(true);
    expect(peers[0]?.onOddOneOut).not.toHaveBeenCalled();
    expect(peers[1]?.onOddOneOut).not.toHaveBeenCalled();
  });

  it("raises an alarm between two, and takes neither out", async () => {
    const { peers, announce } = servers("a", "b");
    peers[0]?.check.note(64, hash("one"), hash("log"));
    peers[1]?.check.note(64, hash("two"), hash("log"));
    await announce();
    for (const { onDifference, onOddOneOut } of peers) {
      expect(onDifference).toHaveBeenCalledOnce();
      expect(onOddOneOut).not.toHaveBeenCalled();
    }
  });

  it("takes out the one of three that read another log, though it made the same of it", async () => {
    const { peers, announce } = servers("a", "b", "c");
    peers[0]?.check.note(64, hash("one"), hash("log"));
    peers[1]?.check.note(64, hash("one"), hash("log"));
    peers[2]?.check.note(64, hash("one"), hash("another log"));
    await announce();
    await announce();
    expect(peers.map(({ onDifference }) => onDifference.mock.calls.length > 0)).toEqual([true, true, true]);
    expect(peers[2]?.onOddOneOut).toHaveBeenLastCalledWith(true);
    expect(peers[0]?.onOddOneOut).not.toHaveBeenCalled();
  });

  it("takes all of three out that made three things of the same log: at most one of them can be right", async () => {
    const { peers, announce } = servers("a", "b", "c");
    peers.forEach(({ check }, index) => check.note(64, hash(`made ${index}`), hash("log")));
    await announce();
    for (const { onOddOneOut } of peers) expect(onOddOneOut).toHaveBeenLastCalledWith(true);
  });

  it("compares what another server told before this one was there, and takes back that it is the odd one out", async () => {
    const { peers, announce } = servers("a", "b", "c");
    for (const { check } of peers.slice(0, 2)) check.note(128, hash("one"), hash("log"));
    await announce();
    peers[2]?.check.note(64, hash("before"), hash("log"));
    expect(peers[2]?.onDifference).not.toHaveBeenCalled();
    peers[2]?.check.note(128, hash("two"), hash("log"));
    expect(peers[2]?.onOddOneOut).toHaveBeenLastCalledWith(true);
    for (const { check } of peers.slice(0, 2)) check.close();
    for (let turn = 0; turn < 7; turn++) await announce();
    expect(peers[2]?.onOddOneOut).toHaveBeenLastCalledWith(false);
  });
});
