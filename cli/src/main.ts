#!/usr/bin/env node
import os from "node:os";
import type { OpenClient } from "./command.ts";
import { runProgram } from "./program.ts";

/** Loads the SDK when a command needs it: help and completions start without. */
const openClient: OpenClient = async (options) => (await import("./open-client.ts")).openClient(options);

const abort = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => abort.abort(new Error(`Ended by ${name}.`)));
}
for (const stream of [process.stdout, process.stderr]) {
  // A reader that has gone (`| head`) ends the program without a word; with any other error too there is nobody to tell.
  stream.on("error", (error) => abort.abort(error));
}

const exitCode = await runProgram(process.argv.slice(2), {
  input: process.stdin,
  output: process.stdout,
  errorOutput: process.stderr,
  env: process.env,
  signal: abort.signal,
  homeDirectory: os.homedir(),
  workingDirectory: process.cwd(),
  openClient,
  now: Date.now,
});
process.exitCode = exitCode;
// Input that nobody reads any more must not keep the process.
process.stdin.unref?.();
