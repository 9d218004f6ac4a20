/** `npm run test:chaos`: a short run of each engine with faults, by a fixed seed. Fails on a broken promise, never on a time. */
import { ensureNatsServer } from "./nats-server/ensure.ts";
import { run } from "./run.ts";

await ensureNatsServer();
const RUNS = [
  ["--engine", "embedded", "--seconds", "12", "--seed", "7"],
  ["--engine", "nats", "--seconds", "40", "--seed", "7", "--herd", "500"],
];

for (const args of RUNS) process.exitCode ||= await run("node", ["chaos/src/main.ts", ...args]);
