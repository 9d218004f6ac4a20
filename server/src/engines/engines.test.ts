import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";

/** Each port's file in an engine's folder, and the suite that every adapter of it must run. */
const SUITES = {
  "record-log.ts": "describeRecordLog(",
  "key-value.ts": "describeKeyValue(",
  "bus.ts": "describeBus(",
  "blobs.ts": "describeBlobs(",
} as const;

it("finds an adapter of every port in every engine, and each runs its port's contract", async () => {
  const engines = (await readdir(import.meta.dirname, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  expect(engines.length).toBeGreaterThanOrEqual(2);
  for (const { name } of engines) {
    const files = await readdir(join(import.meta.dirname, name));
    expect(files).toEqual(expect.arrayContaining([...Object.keys(SUITES), "engine.test.ts"]));
    const tests = await readFile(join(import.meta.dirname, name, "engine.test.ts"), "utf8");
    for (const suite of Object.values(SUITES)) expect(tests).toContain(suite);
  }
});
