import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT, tool, toolEnvironment } from "../paths.ts";

const run = promisify(execFile);

/** The contract as it was released: `buf build -o proto/baseline.binpb` makes it anew with each release. */
export const BASELINE = "proto/baseline.binpb";

/** What in the contract would break clients of the released one. Image against image: of a workspace, buf would compare each module with all of the baseline. */
export async function breakingChanges(): Promise<readonly string[]> {
  const directory = await mkdtemp(join(tmpdir(), "chat-contract-"));
  const options = { cwd: ROOT, env: toolEnvironment() };
  try {
    const image = join(directory, "current.binpb");
    await run(tool("buf"), ["build", ".", "-o", image], options);
    await run(tool("buf"), ["breaking", image, "--against", BASELINE], options);
    return [];
  } catch (error) {
    const { stdout, stderr, message } = error as Error & { stdout?: string; stderr?: string };
    return (stdout || stderr || message).trim().split("\n");
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
