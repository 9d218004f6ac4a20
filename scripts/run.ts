import { spawn } from "node:child_process";
import { once } from "node:events";
import { ROOT, tool, toolEnvironment } from "./paths.ts";

/** Runs one of the repository's tools with this process's own input and output. Resolves with its exit code. */
export async function run(name: string, args: readonly string[]): Promise<number> {
  const child = spawn(tool(name), args, { cwd: ROOT, env: toolEnvironment(), stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}
