import { expect, it } from "vitest";
import type { Machine } from "./machine.ts";
import { figuresSections, replaceBetween, targetsTable } from "./document.ts";
import { plot } from "./plot.ts";
import type { Recorded } from "./record.ts";

const MACHINE: Machine = {
  cpu: "CPU",
  cores: 2,
  memoryGb: 4,
  system: "linux",
  node: "v26",
  nats: "2.10.27",
  commit: "abc",
  date: "2026-01-01",
};

const RECORDED: Recorded = {
  scenario: "fan-out",
  title: "One <message> & many",
  machine: MACHINE,
  columns: ["µs"],
  notes: [],
  samples: [
    { variant: "", contender: "ours", round: 0, metrics: { µs: 4 } },
    { variant: "", contender: "socket.io", round: 0, metrics: { µs: 10 } },
  ],
  comparisons: [
    {
      label: "ours / socket.io",
      metric: "µs",
      ours: { contender: "ours", variant: "" },
      peer: { contender: "socket.io", variant: "" },
      target: { is: "at most", value: 0.5 },
    },
  ],
};

it("replaces what stands between markers and nothing else", () => {
  const document = "a\n<!-- x -->\nold\n<!-- /x -->\nb";
  expect(replaceBetween(document, "x", "new")).toBe("a\n<!-- x -->\n\nnew\n\n<!-- /x -->\nb");
  expect(() => replaceBetween("a", "x", "new")).toThrow("the markers of x are missing");
});

it("lists each ratio that has a target, with what was reached", () => {
  expect(targetsTable([RECORDED])).toContain("| ours / socket.io | ≤ 0.5 | 0.4 | 0.4 – 0.4 | yes |");
  expect(targetsTable([])).toBe("Nothing is on record yet.");
});

it("gives each scenario the machine that it was measured on", () => {
  expect(figuresSections([RECORDED])).toContain("CPU, 2 cores, 4 GB, linux, Node.js v26, nats-server 2.10.27");
});

it("draws a bar per contender, in proportion, and escapes what it writes", () => {
  const { title, samples } = RECORDED;
  const svg = plot({ title, metric: "µs", samples, caption: "" });
  const widths = [...svg.matchAll(/<rect x="330" .*? width="([\d.]+)"/g)].map(([, width]) => Number(width));
  expect(widths).toHaveLength(2);
  expect((widths[0] ?? 0) / (widths[1] ?? 1)).toBeCloseTo(0.4);
  expect(svg).toContain("One &lt;message&gt; &amp; many");
  expect(plot({ title, metric: "none", samples, caption: "" })).toBe("");
});
