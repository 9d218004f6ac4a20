import { VIOLATIONS } from "./check/check.ts";
import { countViolations, type ChaosSummary } from "./summary.ts";

/** Violations that are printed in full; the rest is in the evidence. */
const PRINTED_MAX = 20;

/** The summary for people: one fact a line, what broke last. */
export function printSummary(summary: ChaosSummary): string {
  const { faults, leftOut, violations } = summary;
  const counts = countViolations(summary);
  const injected = Object.entries(faults).map(([kind, count]) => `${kind} ${count}`);
  const rows: [string, string][] = [
    ["run", `${summary.engine}, seed ${summary.seed}, ${summary.seconds} s`],
    [
      "events",
      `${summary.acknowledged} acknowledged, ${summary.refused} refused, ${summary.unknown} unknown (${summary.unknownHappened} of them happened)`,
    ],
    ["log", `${summary.events} events in ${summary.records} records`],
    ["checked", `${summary.deliveries} deliveries, ${summary.messagesRead} messages on pages`],
    ["faults", `${sum(Object.values(faults))} injected: ${injected.join(", ")}`],
    ...Object.entries(leftOut).map(([kind, reason]): [string, string] => ["left out", `${kind}: ${reason}`]),
    ["broken", VIOLATIONS.map((kind) => `${kind} ${counts.get(kind) ?? 0}`).join(", ")],
    ["longest", `send ${inSeconds(summary.longestSendMs)}, without a stream ${inSeconds(summary.longestOutageMs)}`],
    ...summary.notes.map((note): [string, string] => ["note", note]),
    ...(summary.evidence === undefined ? [] : [["evidence", summary.evidence] satisfies [string, string]]),
    ["verdict", violations.length === 0 ? "every promise was kept" : `${violations.length} broken promises`],
  ];
  const lines = rows.map(([name, value]) => `${name.padEnd(9)} ${value}`);
  for (const { kind, text } of violations.slice(0, PRINTED_MAX)) lines.push(`  ${kind}: ${text}`);
  if (violations.length > PRINTED_MAX) lines.push(`  … and ${violations.length - PRINTED_MAX} more`);
  return `${lines.join("\n")}\n`;
}

function inSeconds(ms: number | undefined): string {
  return ms === undefined ? "not measured" : `${(ms / 1_000).toFixed(1)} s`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
