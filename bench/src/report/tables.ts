import type { Measured, Sample } from "../scenario.ts";
import { compared, type Compared, type Spread, spreadOfMetric } from "./summary.ts";

/** A Markdown table, its first column to the left. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

/** What was measured: a row per contender and variant, medians over the rounds. */
export function figuresTable({ samples, columns }: Measured): string {
  const keys = new Map<string, Pick<Sample, "contender" | "variant">>();
  for (const { contender, variant } of samples) keys.set(`${variant}\0${contender}`, { contender, variant });
  const rows = [...keys.values()].toSorted((a, b) => a.variant.localeCompare(b.variant, "en", { numeric: true }));
  return table(
    ["", ...columns],
    rows.map((of) => [
      of.variant === "" ? of.contender : `${of.contender}, ${of.variant}`,
      ...columns.map((column) => {
        const spread = spreadOfMetric(samples, of, column);
        return spread ? figure(spread.median) : "";
      }),
    ]),
  );
}

/** What is judged: target, median of the ratios and their spread. Empty where no ratio was measured. */
export function ratiosTable({ samples, comparisons }: Measured): string {
  const known = comparisons.map((comparison) => compared(samples, comparison)).filter(({ ratio }) => ratio);
  if (known.length === 0) return "";
  return table(
    ["ratio", "target", "median", "min – max", "reached"],
    known.map(({ label, target, ratio, reached }) => [
      label,
      targetText(target),
      ratio ? figure(ratio.median) : "",
      ratio ? rangeText(ratio) : "",
      reached === undefined ? "" : reached ? "yes" : "**no**",
    ]),
  );
}

/** "≤ 0.9" */
export function targetText(target: Compared["target"]): string {
  return target ? `${target.is === "at most" ? "≤" : "≥"} ${target.value}` : "";
}

/** "0.71 – 0.83" */
export function rangeText({ min, max }: Spread): string {
  return `${figure(min)} – ${figure(max)}`;
}

/** Three significant digits, whole from a hundred on. */
export function figure(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}
