/** `npm run check [NAME …]`: format, lint, types, contract, generated code, dead code. With names, only the checks that contain one of them. */
import { availableParallelism } from "node:os";
import { CHECKS } from "./check/checks.ts";
import { runChecks } from "./check/run-checks.ts";

const names = process.argv.slice(2);
const checks = CHECKS.filter(({ name }) => names.length === 0 || names.some((part) => name.includes(part)));
const { passed, failed } = await runChecks(checks, {
  atOnce: Math.min(availableParallelism(), 4),
  output: process.stdout,
});
console.log(`check: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && checks.length > 0 ? 0 : 1;
