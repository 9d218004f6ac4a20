import { execFile } from "node:child_process";
import type { Writable } from "node:stream";
import { ROOT, toolEnvironment } from "../paths.ts";
import { commandLine, type Check } from "./checks.ts";

/** How a run of checks ended. */
export interface CheckResult {
  readonly passed: number;
  readonly failed: number;
}

/** Runs all checks, `atOnce` at a time, and writes a line for each as it ends, with what is wrong where it failed. */
export async function runChecks(
  checks: readonly Check[],
  { atOnce, output }: { atOnce: number; output: Writable },
): Promise<CheckResult> {
  const waiting = [...checks];
  let passed = 0;
  const worker = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const before = performance.now();
      const wrong = await whatIsWrong(check);
      const seconds = ((performance.now() - before) / 1000).toFixed(1);
      if (wrong === undefined) {
        passed += 1;
        output.write(`ok     ${check.name} (${seconds} s)\n`);
      } else {
        const mend = check.mend ? `Mend it with: ${check.mend}\n` : "";
        output.write(`FAILED ${check.name} (${seconds} s): ${commandLine(check)}\n${wrong.trimEnd()}\n${mend}`);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { passed, failed: checks.length - passed };
}

async function whatIsWrong(check: Check): Promise<string | undefined> {
  if (check.run) {
    try {
      const wrong = await check.run();
      return wrong.length > 0 ? wrong.join("\n") : undefined;
    } catch (cause) {
      return cause instanceof Error ? cause.message : String(cause);
    }
  }
  const [command = "", ...args] = check.command ?? [];
  return new Promise((resolve) => {
    execFile(command, args, { cwd: ROOT, env: toolEnvironment(), maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve(error ? `${stdout}${stderr}` || error.message : undefined);
    });
  });
}
