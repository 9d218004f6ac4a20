import { execFile } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../../scripts/paths.ts";

/** What a command came to. */
export interface AdminResult {
  readonly code: number;
  readonly output: string;
}

/** Runs `npm run admin -- …` with these settings. */
export function admin(env: Record<string, string>, ...args: string[]): Promise<AdminResult> {
  const node = join(ROOT, "node_modules", ".bin", "node");
  return new Promise((resolve) => {
    execFile(
      node,
      ["scripts/admin.ts", ...args],
      { cwd: ROOT, env: { ...process.env, ...env } },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });
}
