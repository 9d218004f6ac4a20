import { expect, it } from "vitest";
import { printSummary } from "./print-summary.ts";
import type { ChaosSummary } from "./summary.ts";

const SUMMARY: ChaosSummary = {
  engine: "nats",
  seed: 7,
  seconds: 60,
  acknowledged: 10,
  refused: 2,
  unknown: 3,
  unknownHappened: 1,
  faults: { "kill-server": 2, "full-disk": 0 },
  leftOut: { "full-disk": "nothing may be mounted here" },
  deliveries: 40,
  messagesRead: 5,
  records: 9,
  events: 11,
  longestSendMs: 8_123,
  longestOutageMs: undefined,
  violations: [],
  notes: [],
  evidence: undefined,
};

it("says what was injected, what was left out and that nothing broke", () => {
  const text = printSummary(SUMMARY);
  expect(text).toContain("10 acknowledged, 2 refused, 3 unknown (1 of them happened)");
  expect(text).toContain("2 injected: kill-server 2, full-disk 0");
  expect(text).toContain("full-disk: nothing may be mounted here");
  expect(text).toContain("lost 0, doubled 0, reordered 0, leaked 0, forged 0");
  expect(text).toContain("send 8.1 s, without a stream not measured");
  expect(text).toContain("every promise was kept");
});

it("counts broken promises and names them", () => {
  const text = printSummary({
    ...SUMMARY,
    violations: [{ kind: "lost", text: "ada never got 4096" }],
    evidence: "/tmp/evidence",
  });
  expect(text).toContain("lost 1, doubled 0");
  expect(text).toContain("lost: ada never got 4096");
  expect(text).toContain("/tmp/evidence");
});
