import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** One finished fsync or fdatasync. */
export interface Sync {
  readonly path: string;
  /** ms since 1970, with µs. */
  readonly from: number;
  readonly to: number;
}

/** Watches one process. */
export interface SyncTrace {
  /** Ends the watch and tells what it saw, in order of their ends. */
  stop(): Promise<Sync[]>;
}

const ATTACH_MS = 1_500;

/** Watches a process and its threads by strace. @throws Error that says what to install */
export async function traceSyncs(pid: number | undefined, workDir: string): Promise<SyncTrace> {
  if (pid === undefined) throw new Error("a process that is to be watched is not running");
  const file = join(workDir, `strace-${pid}`);
  const args = ["-f", "-ttt", "-T", "-y", "-e", "trace=fsync,fdatasync", "-o", file, "-p", String(pid)];
  const strace: ChildProcess = spawn("strace", args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  strace.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const failed = new Promise<Error>((resolve) => {
    strace.once("error", () => resolve(new Error("strace is not installed: apt-get install strace")));
    strace.once("exit", (code) => resolve(new Error(`strace ended with ${String(code)}: ${said}`)));
  });
  const early = await Promise.race([failed, delay(ATTACH_MS)]);
  if (early instanceof Error) throw early;
  return {
    async stop() {
      const ended = once(strace, "exit");
      strace.kill("SIGINT");
      await ended;
      return syncsIn(await readFile(file, "utf8"));
    },
  };
}

/** Reads strace's output; a call that another thread interrupted stands on two lines. */
export function syncsIn(output: string): Sync[] {
  const open = new Map<string, { path: string; from: number }>();
  const syncs: Sync[] = [];
  for (const line of output.split("\n")) {
    const [, thread = "", at = "", rest = ""] = /^(\d+)\s+(\d+\.\d+) (.*)$/.exec(line) ?? [];
    const began = /^f(?:data)?sync\(\d+<([^>]+)>/.exec(rest);
    if (began) open.set(thread, { path: began[1] ?? "", from: Number(at) * 1_000 });
    const took = /= 0 <(\d+\.\d+)>$/.exec(rest);
    const call = open.get(thread);
    if (!took || !call) continue;
    open.delete(thread);
    syncs.push({ ...call, to: call.from + Number(took[1]) * 1_000 });
  }
  return syncs.sort((one, other) => one.to - other.to);
}
