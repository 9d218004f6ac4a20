import { type StreamInfo, JetStreamApiError } from "@nats-io/jetstream";
import { afterEach, describe, expect, it } from "vitest";
import { ChatError } from "../../errors.ts";
import { type LogProbe, startLogProbe } from "./log-probe.ts";

const APIECE = { name: "chat" };

describe("the probe of the log", () => {
  let probe: LogProbe;
  let time = 0;
  let answer: () => Partial<StreamInfo>;
  afterEach(() => probe.close());

  function start(): void {
    time = 0;
    probe = startLogProbe({
      losing: ({ config }) => (config?.name === "losing" ? ["max_age"] : []),
      now: () => time,
      info: () => Promise.resolve().then(() => answer() as StreamInfo),
      assertSame({ config }) {
        if (config?.name === "another") throw new ChatError("data_loss", "another log");
      },
    });
  }
  async function askAt(ms: number, reply: () => Partial<StreamInfo>): Promise<string | undefined> {
    time = ms;
    answer = reply;
    await probe.ask();
    return probe.failure();
  }
  const leaderless = () => ({ cluster: { ...APIECE, replicas: [] } }) as unknown as Partial<StreamInfo>;
  const led = () => ({ cluster: { ...APIECE, leader: "node-1", replicas: [] } }) as unknown as Partial<StreamInfo>;
  const silent = () => {
    throw new Error("timeout");
  };

  it("has nothing to say of a log that answers, on one node or on several", async () => {
    start();
    expect([await askAt(0, () => ({})), await askAt(9_999, led)]).toEqual([undefined, undefined]);
  });

  it("tells of no leader, or no answer, once an election would be over, and no longer when there is one", async () => {
    start();
    expect(await askAt(0, silent)).toBeUndefined();
    expect(await askAt(8_000, leaderless)).toBeUndefined();
    expect(await askAt(9_000, leaderless)).toMatch(/no leader for it, or no quorum/);
    expect(await askAt(12_000, led)).toBeUndefined();
    expect(await askAt(13_000, silent)).toBeUndefined();
  });

  it("tells of a stream that is gone", async () => {
    start();
    const gone = () => {
      throw new JetStreamApiError({ code: 404, err_code: 10_059, description: "stream not found" });
    };
    await askAt(0, gone);
    expect(await askAt(9_000, gone)).toMatch(/gone from NATS/);
  });

  it("tells at once of settings by which NATS removes records, and lets nothing be written while they are so", async () => {
    start();
    const losing = () => ({ config: { name: "losing" } }) as unknown as Partial<StreamInfo>;
    expect(await askAt(0, losing)).toMatch(/removes records.*max_age/);
    expect(() => probe.assertMayAppend()).toThrow("max_age");
    expect(await askAt(1, led)).toBeUndefined();
    probe.assertMayAppend();
  });

  it("tells of another log at once and for good, and lets nothing be written to it", async () => {
    start();
    probe.assertMayAppend();
    const another = () => ({ config: { name: "another" } }) as unknown as Partial<StreamInfo>;
    expect(await askAt(0, another)).toBe("another log");
    expect(await askAt(1, led)).toBe("another log");
    expect(() => probe.assertMayAppend()).toThrow("another log");
    expect(() => probe.assertNotLost()).toThrow("another log");
    await expect(probe.verify()).rejects.toThrow("another log");
  });
});
