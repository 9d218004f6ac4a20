import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Blobs } from "./blobs.ts";

/** Blobs on an empty store. */
export interface BlobsHarness extends AsyncDisposable {
  readonly blobs: Blobs;
}

/** What every adapter of {@link Blobs} promises. */
export function describeBlobs(name: string, createHarness: () => Promise<BlobsHarness>): void {
  describe(`blobs on ${name}`, () => {
    let harness: BlobsHarness;
    beforeAll(async () => {
      harness = await createHarness();
    });
    afterAll(() => harness[Symbol.asyncDispose]());

    async function* chunks(count: number, failure?: Error): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < count; index++) yield new Uint8Array(100_000).fill(index);
      if (failure) throw failure;
    }
    async function contentOf(key: string): Promise<Buffer | undefined> {
      const found = await harness.blobs.get(key);
      return found && Buffer.concat(await Array.fromAsync(found.data));
    }

    it("gives back what was put, byte by byte, under this key alone", async () => {
      expect(await harness.blobs.put("photo-1", chunks(5))).toBe(500_000);
      expect(await contentOf("photo-1")).toEqual(Buffer.concat(await Array.fromAsync(chunks(5))));
      expect(await harness.blobs.get("photo-10")).toBeUndefined();
      expect(await harness.blobs.get("Photo-1")).toBeUndefined();
    });

    it("puts nothing over what is there", async () => {
      await expect(harness.blobs.put("photo-1", chunks(1))).rejects.toMatchObject({ code: "already_exists" });
      expect((await contentOf("photo-1"))?.length).toBe(500_000);
    });

    it("leaves nothing of a source that fails, or of a put that is given up", async () => {
      await expect(harness.blobs.put("broken", chunks(3, new Error("the source failed")))).rejects.toThrow(
        "the source failed",
      );
      expect(await harness.blobs.get("broken")).toBeUndefined();
      const given = AbortSignal.abort(new Error("given up"));
      await expect(harness.blobs.put("broken", chunks(1), { signal: given })).rejects.toThrow("given up");
      expect(await harness.blobs.put("broken", chunks(1))).toBe(100_000);
    });

    it("stores nothing of a put that is given up between two chunks", async () => {
      const stop = new AbortController();
      async function* givenUp(): AsyncGenerator<Uint8Array> {
        yield* chunks(3);
        stop.abort(new Error("given up"));
        yield* chunks(1);
      }
      await expect(harness.blobs.put("given-up", givenUp(), { signal: stop.signal })).rejects.toThrow("given up");
      expect(await harness.blobs.get("given-up")).toBeUndefined();
    });

    it("stores nothing at all under a key, too", async () => {
      expect(await harness.blobs.put("empty", chunks(0))).toBe(0);
      expect((await harness.blobs.get("empty"))?.size).toBe(0);
      expect((await contentOf("empty"))?.length).toBe(0);
    });

    it("lets one of two puts under a key win", async () => {
      const puts = await Promise.allSettled([
        harness.blobs.put("raced", chunks(2)),
        harness.blobs.put("raced", chunks(3)),
      ]);
      const won = puts.flatMap((put) => (put.status === "fulfilled" ? [put.value] : []));
      expect(won).toHaveLength(1);
      for (const put of puts)
        if (put.status === "rejected") expect(put.reason).toMatchObject({ code: "already_exists" });
      expect((await contentOf("raced"))?.length).toBe(won[0]);
    });

    it("deletes, also what is not there", async () => {
      await harness.blobs.delete("photo-1");
      await harness.blobs.delete("photo-1");
      expect(await harness.blobs.get("photo-1")).toBeUndefined();
      expect(await harness.blobs.put("photo-1", chunks(1))).toBe(100_000);
    });
  });
}
