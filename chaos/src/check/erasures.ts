import type { Operation } from "../history.ts";
import type { Report } from "./check.ts";
import type { Truth } from "./truth.ts";

/**
 * Deleted texts and the names of those who were removed are nowhere in the log, neither in the event that brought them nor in one that came to nothing,
 * except where every server still means to erase them.
 * @param due seqs of such events
 */
export function checkErasures(
  operations: readonly Operation[],
  truth: Truth,
  due: ReadonlySet<number>,
  report: Report,
): void {
  for (const { message, events } of truth.erased)
    for (const seq of events)
      if (truth.texts.has(seq) && !due.has(seq))
        report("kept", `the text at ${seq} is in the log though ${message} was deleted`);
  const places = Map.groupBy(truth.texts, ([, text]) => text);
  for (const text of deletedTexts(operations, truth))
    for (const [seq] of places.get(text) ?? [])
      if (!due.has(seq)) report("kept", `the deleted text ${JSON.stringify(text)} is in the log at ${seq}`);
  checkNames(truth, due, report);
}

/** As `checkErasures`, of names. */
function checkNames(truth: Truth, due: ReadonlySet<number>, report: Report): void {
  const places = [...truth.names].filter(([seq]) => !due.has(seq));
  for (const { person, names, sources } of truth.removed)
    for (const [seq, said] of places)
      if (sources.includes(seq) || said.some((name) => names.includes(name)))
        report("kept", `a name of ${person} is in the log at ${seq} though they were removed`);
}

/** What deleted messages said, by what was asked for: no two messages of a run say the same. */
export function deletedTexts(operations: readonly Operation[], truth: Pick<Truth, "events" | "erased">): Set<string> {
  const asked = new Map(operations.map(({ clientId, asked: { text } }) => [clientId, text]));
  const clientIds = new Map(truth.events.map(({ seq, clientId }) => [seq, clientId]));
  const texts = truth.erased.flatMap(({ events }) => events.map((seq) => asked.get(clientIds.get(seq) ?? "")));
  return new Set(texts.filter((text) => text !== undefined));
}
