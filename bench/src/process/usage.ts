import { readFileSync } from "node:fs";

/** Linux counts a process's CPU time in hundredths of a second, whatever the kernel's own clock. */
const TICK_US = 10_000;
const PAGE_BYTES = 4096;

/** What a process has used so far, all its threads together, those that ended included. */
export interface Usage {
  /** User and system time in µs, in steps of 10,000. */
  readonly cpuUs: number;
  readonly residentBytes: number;
}

/** Reads a process's usage from /proc: nothing has to be built into what is measured. @throws Error where there is no such process */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in brackets, may hold anything; what follows is numbers. Field 14 is utime, 15 stime, 24 rss.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    cpuUs: (Number(fields[11]) + Number(fields[12])) * TICK_US,
    residentBytes: Number(fields[21]) * PAGE_BYTES,
  };
}
