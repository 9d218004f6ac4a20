import os from "node:os";
import type { OpenClient } from "./command.ts";
import { ENDING_SIGNALS, EndedBySignal } from "./ended-by-signal.ts";
import { runProgram } from "./program.ts";

/** Loads the SDK when a command needs it: help and completions start without. */
const openClient: OpenClient = async (options) => (await import("./open-client.ts")).openClient(options);

/** Runs the command line of this process. */
export async function run(): Promise<void> {
  const abort = new AbortController();
  for (const name of Object.keys(ENDING_SIGNALS) as (keyof typeof ENDING_SIGNALS)[]) {
    process.on(name, () => abort.abort(new EndedBySignal(name)));
  }
  // A reader that has gone (`| head`) and a full disk end what is under way; the program tells which it was.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", (error) => abort.abort(error));
  process.exitCode = await runProgram(process.argv.slice(2), {
    input: process.stdin,
    output: process.stdout,
    errorOutput: process.stderr,
    env: process.env,
    programName: process.env["npm_lifecycle_event"] === "cli" ? "npm run -s cli --" : "chat",
    signal: abort.signal,
    homeDirectory: os.homedir(),
    workingDirectory: process.cwd(),
    openClient,
    openEditor: async (command, file) => (await import("./talk/external-editor.ts")).openEditor(command, file),
    now: Date.now,
  });
  // Input that nobody reads any more must not keep the process.
  process.stdin.unref?.();
}
