import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ROOT, tool, toolEnvironment } from "../paths.ts";
import { BASELINE } from "./breaking-changes.ts";
import { type Image, stricterRules } from "./rule-comparison.ts";

const run = promisify(execFile);

/** Lines of this check, word for word, of changes that refuse nothing which the released contract takes: a pattern that only became wider, for one. */
const JUDGED: ReadonlySet<string> = new Set<string>();

/** Rules of the contract that refuse what the released one takes: `buf breaking` does not look at them, and a client in use would be refused. */
export async function tightenedRules(): Promise<readonly string[]> {
  const [before, now] = await Promise.all([imageOf(BASELINE), imageOf(".")]);
  return stricterRules(before, now, JUDGED);
}

async function imageOf(input: string): Promise<Image> {
  const { stdout } = await run(tool("buf"), ["build", input, "--exclude-source-info", "-o", "-#format=json"], {
    cwd: ROOT,
    env: toolEnvironment(),
    maxBuffer: 1 << 26,
  });
  return JSON.parse(stdout) as Image;
}
