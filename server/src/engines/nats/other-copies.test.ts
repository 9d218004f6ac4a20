import { describe, expect, it } from "vitest";
import type { JetStream } from "./jetstream.ts";
import { findInOtherCopies } from "./other-copies.ts";

const DATA = Buffer.from("record 7");

/** A stream whose leader lacks record 7, and readers that begin on the nodes given, in turn; true: the node's copy has the record. */
function damaged(readers: readonly boolean[], options: { offline?: boolean; replicas?: number } = {}) {
  const { offline = false, replicas = 3 } = options;
  let made = 0;
  const js = {
    consumers: {
      async get() {
        const isWhole = readers[made++ % readers.length];
        return { next: async () => (isWhole ? { seq: 7, data: DATA } : { seq: 9, data: Buffer.from("record 9") }) };
      },
    },
  };
  const jsm = {
    streams: {
      getMessage: async () => null,
      info: async () => ({
        config: { num_replicas: replicas },
        cluster: { leader: "a", replicas: [{ current: true }, { current: !offline, offline }] },
      }),
    },
  };
  return { search: () => findInOtherCopies({ js, jsm } as unknown as JetStream, "LOG", 7), made: () => made };
}

describe("a record that the copy being read lacks", () => {
  it("is taken from the copy that has it, wherever that is", async () => {
    expect(await damaged([false, false, true]).search()).toEqual({ kind: "found", data: DATA });
  });

  it("is lost when every copy is there and none has it", async () => {
    expect(await damaged([false]).search()).toEqual({ kind: "lost" });
  });

  it("is away while a copy is", async () => {
    expect(await damaged([false], { offline: true }).search()).toEqual({ kind: "away" });
  });

  it("is lost at once where there is one copy", async () => {
    const { search, made } = damaged([true], { replicas: 1 });
    expect(await search()).toEqual({ kind: "lost" });
    expect(made()).toBe(0);
  });
});
