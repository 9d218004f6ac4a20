import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/** Counts the alarms in servers' logs, by kind: what servers told of by themselves. */
export async function countAlarms(logFiles: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const file of logFiles) {
    for await (const line of createInterface({ input: createReadStream(file) })) {
      const kind = /"alarm":"([^"]+)"/.exec(line)?.[1];
      if (kind !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
  }
  return counts;
}
