import { readFile, writeFile } from "node:fs/promises";
import { machineLine } from "./machine.ts";
import type { Recorded } from "./record.ts";
import { compared, type Compared } from "./summary.ts";
import { figure, figuresTable, rangeText, table, targetText } from "./tables.ts";

/** Puts generated text between `<!-- NAME -->` and `<!-- /NAME -->` of a document. @throws Error where the markers are missing */
export function replaceBetween(document: string, name: string, content: string): string {
  const begin = `<!-- ${name} -->`;
  const end = `<!-- /${name} -->`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the markers of ${name} are missing`);
  return `${document.slice(0, from + begin.length)}\n\n${content}\n\n${document.slice(to)}`;
}

/** Rewrites the generated parts of a document. */
export async function replaceIn(file: string, parts: Readonly<Record<string, string>>): Promise<void> {
  let document = await readFile(file, "utf8");
  for (const [name, content] of Object.entries(parts)) document = replaceBetween(document, name, content);
  await writeFile(file, document);
}

/** Every ratio that has a target: what was reached. */
export function targetsTable(records: readonly Recorded[]): string {
  const rows = records.flatMap(({ samples, comparisons }) =>
    comparisons.map((comparison) => compared(samples, comparison)).filter(({ target, ratio }) => target && ratio),
  );
  if (rows.length === 0) return "Nothing is on record yet.";
  return table(
    ["", "target", "reached (median)", "min – max", ""],
    rows.map(({ label, target, ratio, reached }: Compared) => [
      label,
      targetText(target),
      ratio ? figure(ratio.median) : "",
      ratio ? rangeText(ratio) : "",
      reached === true ? "yes" : "**no**",
    ]),
  );
}

/** A section per scenario: what was measured, on what, and the figures. */
export function figuresSections(records: readonly Recorded[]): string {
  return records.length > 0 ? records.map(section).join("\n\n") : "Nothing is on record yet.";
}

function section(recorded: Recorded): string {
  const { scenario, title, machine, notes } = recorded;
  return [
    `### ${scenario}`,
    `${title}. [Plots and all ratios](../bench/results/${scenario}.md).`,
    `${machineLine(machine)}`,
    figuresTable(recorded),
    ...notes,
  ].join("\n\n");
}
