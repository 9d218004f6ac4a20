import { defineConfig } from "vitest/config";

/** Real processes: one file at a time, for the machine may be small. */
export default defineConfig({
  test: { include: ["src/**/*.test.ts"], testTimeout: 120_000, hookTimeout: 180_000, fileParallelism: false },
});
