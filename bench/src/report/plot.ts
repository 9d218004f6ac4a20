import type { Comparison, Sample } from "../scenario.ts";
import { spreadOfMetric, type Spread } from "./summary.ts";
import { figure } from "./tables.ts";

/** One bar: a median with its range. */
interface Bar {
  readonly label: string;
  readonly spread: Spread;
  readonly color: string;
}

const WIDTH = 860;
const LABEL_WIDTH = 330;
const VALUE_WIDTH = 90;
const BAR_HEIGHT = 16;
const ROW = 24;
const TOP = 56;
/** Who is who at a glance, on light and dark ground alike. */
const COLORS = { ours: "#2f7ed8", peer: "#e07b39", floor: "#8a8f98" } as const;

/** Draws one metric of all contenders and variants as bars from nought, with the range over the rounds: an SVG file's text. Empty where nothing was measured. */
export function plot(options: {
  title: string;
  metric: string;
  samples: readonly Sample[];
  /** Under the plot. */
  caption: string;
}): string {
  const { samples, metric } = options;
  const bars = barsOf(samples, metric);
  if (bars.length === 0) return "";
  const most = Math.max(...bars.map(({ spread }) => spread.max)) || 1;
  const room = WIDTH - LABEL_WIDTH - VALUE_WIDTH;
  const x = (value: number): number => LABEL_WIDTH + (value / most) * room;
  const height = TOP + bars.length * ROW + 34;
  const rows = bars.map(({ label, spread, color }, index) => {
    const y = TOP + index * ROW;
    const middle = y + BAR_HEIGHT / 2;
    return [
      text(LABEL_WIDTH - 8, middle + 4, label, "end"),
      `<rect x="${LABEL_WIDTH}" y="${y}" width="${round(x(spread.median) - LABEL_WIDTH)}" height="${BAR_HEIGHT}" fill="${color}"/>`,
      `<path d="M${round(x(spread.min))} ${middle}H${round(x(spread.max))}" stroke="#555" stroke-width="1.5"/>`,
      text(x(spread.max) + 6, middle + 4, figure(spread.median), "start"),
    ].join("");
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    text(12, 22, options.title, "start", 14),
    text(12, 40, `${metric}; bar: median, line: smallest to largest of the rounds`, "start"),
    ...rows,
    text(12, height - 10, options.caption, "start", 10),
    "</svg>\n",
  ].join("\n");
}

/** The metrics that a scenario's ratios are about: those are drawn. */
export function plottedMetrics(comparisons: readonly Comparison[], columns: readonly string[]): string[] {
  const judged = [...new Set(comparisons.map(({ metric }) => metric))];
  return judged.length > 0 ? judged : columns.slice(0, 1);
}

function barsOf(samples: readonly Sample[], metric: string): Bar[] {
  const keys = new Map(samples.map((sample) => [`${sample.variant}\0${sample.contender}`, sample]));
  return [...keys.values()]
    .toSorted((a, b) => a.variant.localeCompare(b.variant, "en", { numeric: true }))
    .flatMap((of) => {
      const spread = spreadOfMetric(samples, of, metric);
      const label = of.variant === "" ? of.contender : `${of.contender}, ${of.variant}`;
      return spread ? [{ label, spread, color: colorOf(of.contender) }] : [];
    });
}

function colorOf(contender: string): string {
  if (contender.startsWith("socket.io")) return COLORS.peer;
  return contender.startsWith("floor") || contender === "target" ? COLORS.floor : COLORS.ours;
}

function text(x: number, y: number, content: string, anchor: "start" | "end", size = 12): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" font-size="${size}" fill="#222">${escaped}</text>`;
}

function round(value: number): string {
  return value.toFixed(1).replace(/\.0$/, "");
}
