import { readdirSync, readFileSync } from "node:fs";

/** Linux tells the CPU time of a whole process in hundredths of a second, whatever the kernel's own clock. */
const TICK_US = 10_000;
const PAGE_BYTES = 4096;

/** What a process has used so far. */
export interface Usage {
  /** User and system time of all its threads in µs. */
  readonly cpuUs: number;
  readonly residentBytes: number;
}

/** Reads a process's usage from /proc: nothing has to be built into what is measured. @throws Error where there is no such process */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in brackets, may hold anything; what follows is numbers. Field 14 is utime, 15 stime, 24 rss.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    cpuUs: scheduledUs(pid) ?? (Number(fields[11]) + Number(fields[12])) * TICK_US,
    residentBytes: Number(fields[21]) * PAGE_BYTES,
  };
}

/**
 * The time that the scheduler gave to the process's threads, to the nanosecond. What a thread that ended had used is missing; servers keep their threads. Undefined
 * where the kernel keeps no such account.
 */
function scheduledUs(pid: number): number | undefined {
  let ns = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT" && code !== "ESRCH") throw error;
      // This thread has just ended, or there are no such files here.
    }
  }
  return ns > 0 ? ns / 1_000 : undefined;
}
