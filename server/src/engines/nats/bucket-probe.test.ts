import { afterEach, describe, expect, it } from "vitest";
import { type BucketProbe, startBucketProbe } from "./bucket-probe.ts";

describe("the probe of the buckets", () => {
  let probe: BucketProbe;
  let streams: (() => Promise<ReadonlySet<string>>) | undefined;
  afterEach(() => probe.close());

  function start(): void {
    probe = startBucketProbe({
      streams: () => streams?.() ?? Promise.reject(new Error("timeout")),
      wanted: () => ["KV_one", "KV_two"],
    });
  }
  async function askWith(...names: string[]): Promise<string | undefined> {
    streams = () => Promise.resolve(new Set(names));
    await probe.ask();
    return probe.failure();
  }

  it("has nothing to say while all are there, whatever else is", async () => {
    start();
    expect(await askWith("KV_one", "KV_two", "other")).toBeUndefined();
  });

  it("names those that are gone at the second look, until they are back", async () => {
    start();
    expect(await askWith("KV_one")).toBeUndefined();
    expect(await askWith("KV_one")).toMatch(/NATS lost KV_two:/);
    expect(await askWith()).toMatch(/NATS lost KV_two:/);
    expect(await askWith("KV_one", "KV_two")).toBeUndefined();
  });

  it("takes no answer for no word on the buckets", async () => {
    start();
    await askWith("KV_one");
    streams = undefined;
    for (let asked = 0; asked < 3; asked++) await probe.ask();
    expect(probe.failure()).toBeUndefined();
  });
});
