import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Measured, Scenario } from "../scenario.ts";
import { machineLine, type Machine } from "./machine.ts";
import { plot, plottedMetrics } from "./plot.ts";
import { figuresTable, ratiosTable } from "./tables.ts";

/** A scenario's figures as they are kept: `<scenario>.json`. */
export interface Recorded extends Measured {
  readonly scenario: string;
  readonly title: string;
  readonly machine: Machine;
}

/** Writes `<scenario>.json`, `<scenario>.md` and a plot per judged metric, in place of what was there of that scenario. */
export async function record(
  directory: string,
  { name, title }: Pick<Scenario, "name" | "title">,
  machine: Machine,
  measured: Measured,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const file of await readdir(directory))
    if (file.startsWith(`${name}.`) || file.startsWith(`${name}-plot-`)) await rm(join(directory, file));
  const recorded: Recorded = { scenario: name, title, machine, ...measured };
  await writeFile(join(directory, `${name}.json`), `${JSON.stringify(recorded)}\n`);
  const plots: string[] = [];
  for (const metric of plottedMetrics(measured.comparisons, measured.columns)) {
    const svg = plot({ title, metric, samples: measured.samples, caption: machineLine(machine) });
    if (svg === "") continue;
    const file = `${name}-plot-${metric.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}.svg`;
    await writeFile(join(directory, file), svg);
    plots.push(`![${metric}](${file})`);
  }
  await writeFile(join(directory, `${name}.md`), page(recorded, plots));
}

/** All scenarios on record, in the order given. */
export async function readRecords(directory: string, names: readonly string[]): Promise<Recorded[]> {
  const found: Recorded[] = [];
  for (const name of names) {
    const text = await readFile(join(directory, `${name}.json`), "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined; // not measured yet
      throw error;
    });
    if (text !== undefined) found.push(JSON.parse(text) as Recorded);
  }
  return found;
}

function page(recorded: Recorded, plots: readonly string[]): string {
  const parts = [
    `# ${recorded.scenario}`,
    `${recorded.title}.`,
    machineLine(recorded.machine),
    figuresTable(recorded),
    ratiosTable(recorded),
    ...recorded.notes,
    ...plots,
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}
