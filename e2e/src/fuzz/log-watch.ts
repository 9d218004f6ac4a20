import { canaryIn } from "./canary.ts";
import type { FindingKind } from "./finding.ts";
import { numberOf } from "./input.ts";

/** A line, or a group of them, that must not be. */
export interface LogComplaint {
  readonly kind: Extract<FindingKind, "log-error" | "log-raw" | "log-leak">;
  /** The input it belongs to, where the line tells. */
  readonly input: number | undefined;
  readonly detail: string;
}

const BAD_LEVELS: ReadonlySet<unknown> = new Set(["error", "fatal"]);
const SHOWN_CHARACTERS = 400;

/** Reads a server's output as it grows. */
export interface LogWatch {
  /** What is wrong with the lines since the last time. */
  take(): LogComplaint[];
}

/** Watches what a server prints; `output` gives all of it so far. */
export function createLogWatch(output: () => string): LogWatch {
  let seen = output().length;
  return {
    take() {
      const all = output();
      const end = all.lastIndexOf("\n") + 1;
      if (end <= seen) return [];
      const lines = all.slice(seen, end).split("\n").slice(0, -1);
      seen = end;
      return complaintsOf(lines);
    },
  };
}

function complaintsOf(lines: readonly string[]): LogComplaint[] {
  const found: LogComplaint[] = [];
  let isInRaw = false;
  for (const line of lines) {
    const detail = line.slice(0, SHOWN_CHARACTERS);
    const leaked = canaryIn(line);
    if (leaked !== undefined) found.push({ kind: "log-leak", input: leaked, detail });
    const entry = parsed(line);
    // The lines of a stack belong to the first.
    if (!entry && !isInRaw) found.push({ kind: "log-raw", input: leaked, detail });
    else if (entry && BAD_LEVELS.has(entry["level"]))
      found.push({ kind: "log-error", input: numberOf(entry["requestId"]), detail: described(entry) });
    isInRaw = !entry;
  }
  return found;
}

function described(entry: Record<string, unknown>): string {
  const { msg, message, err } = entry as { msg?: string; message?: string; err?: { stack?: string; message?: string } };
  const where = err?.stack?.split("\n").slice(0, 4).join(" ") ?? err?.message ?? "";
  return [msg, message, where]
    .filter((part) => part !== undefined && part !== "")
    .join(" | ")
    .slice(0, 2 * SHOWN_CHARACTERS);
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === "object" && entry !== null ? (entry as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // no line of the log
  }
}
