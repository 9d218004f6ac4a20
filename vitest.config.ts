import { defineConfig } from "vitest/config";

/** The tests beside the code. Those of `e2e/` have a configuration of their own: they start processes and a browser. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "server",
          root: "server",
          include: ["src/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      { test: { name: "client", root: "client", include: ["src/**/*.test.ts"], testTimeout: 30_000 } },
      { test: { name: "cli", root: "cli", include: ["src/**/*.test.ts"], testTimeout: 30_000 } },
      { test: { name: "chaos", root: "chaos", include: ["src/**/*.test.ts"], testTimeout: 30_000 } },
      { test: { name: "sim", root: "sim", include: ["src/**/*.test.ts"], testTimeout: 120_000 } },
      { test: { name: "bench", root: "bench", include: ["src/**/*.test.ts"], testTimeout: 60_000 } },
      { test: { name: "scripts", root: "scripts", include: ["**/*.test.ts"] } },
      "web/vite.config.ts",
    ],
  },
});
