/** What a scenario is given. */
export interface ScenarioContext {
  /** The scenario's own options with what was asked for on the command line. */
  option(name: string): number;
  /** A folder that goes away afterwards. */
  readonly workDir: string;
  /** Where results that are files belong. */
  readonly outDir: string;
  /** Tells a person how far it is. */
  say(line: string): void;
  /** Closed in reverse order when the scenario is over, however it ends. */
  readonly cleanup: AsyncDisposableStack;
}

/** One row of a table: the first cell names it. */
export type Row = readonly (string | number)[];

/** What a scenario found out. */
export interface Report {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  readonly notes?: readonly string[];
  /** What must not be and was: lost, doubled or reordered events, failures, things left behind. Never a time. */
  readonly wrong: readonly string[];
}

/** A measurement that backs a promise. */
export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** Numbers that can be set by `--name value`, with their defaults. */
  readonly options: Readonly<Record<string, number>>;
  run(context: ScenarioContext): Promise<Report>;
}

/** The report as a table that also is Markdown. */
export function table({ columns, rows }: Pick<Report, "columns" | "rows">): string {
  const cells = [columns, ...rows].map((row) => row.map(String));
  const widths = columns.map((_, at) => Math.max(3, ...cells.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, at) => (row[at] ?? "").padEnd(width)).join(" | ")} |`;
  const [head = [], ...body] = cells;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}
