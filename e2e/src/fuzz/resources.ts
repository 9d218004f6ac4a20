import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

/** What a process holds. */
export interface Resources {
  readonly descriptors: number;
  readonly rssBytes: number;
}

/** Reads it from the kernel; undefined outside of Linux. */
export async function resourcesOf(pid: number | undefined): Promise<Resources | undefined> {
  if (process.platform !== "linux" || pid === undefined) return undefined;
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const descriptors = (await readdir(`/proc/${pid}/fd`)).length;
  return { descriptors, rssBytes: 1_024 * Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) };
}

const POLL_MS = 100;

/** Waits until a process holds no more descriptors than that, and gives what it holds then or when the time is over. */
export async function settled(
  pid: number | undefined,
  descriptorsMax: number,
  timeoutMs: number,
): Promise<Resources | undefined> {
  for (const until = Date.now() + timeoutMs; ; await delay(POLL_MS)) {
    const now = await resourcesOf(pid);
    if (!now || now.descriptors <= descriptorsMax || Date.now() > until) return now;
  }
}
