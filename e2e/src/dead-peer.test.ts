import { execFile, execFileSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

/** What semantic 5 of the product promises. */
const PROMISED_MS = 30_000;

/** Undefined where a network namespace can be had, else why not. */
function whyNotHere(): string | undefined {
  if (process.platform !== "linux") return "it needs Linux";
  try {
    execFileSync("unshare", ["-rn", "sh", "-ec", "ip link set lo up; tc qdisc add dev lo root blackhole"], {
      stdio: "pipe",
    });
    return undefined;
  } catch (error) {
    return `no network namespace can be had here (unshare -rn, ip, tc): ${(error as Error).message}`;
  }
}

const reason = whyNotHere();
if (reason !== undefined) {
  console.warn(`\n!! NOT TESTED: that peers who vanish from the network are dropped within 30 s; ${reason}\n`);
}

describe("a peer that vanishes from the network without a word", () => {
  it.skipIf(reason !== undefined)(
    "is dropped within 30 s, over HTTP/1.1 and over HTTP/2",
    { timeout: 180_000 },
    async () => {
      const { stdout } = await promisify(execFile)("unshare", [
        "-rn",
        process.execPath,
        join(import.meta.dirname, "dead-peer", "scene.ts"),
      ]);
      const took = JSON.parse(stdout) as { http1: number; http2: number };
      console.log(`dropped after ${Math.round(took.http1)} ms (HTTP/1.1), ${Math.round(took.http2)} ms (HTTP/2)`);
      expect(took.http1).toBeLessThan(PROMISED_MS);
      expect(took.http2).toBeLessThan(PROMISED_MS);
    },
  );
});
