import { PassThrough, Readable, Writable } from "node:stream";
import type { Host } from "../command.ts";
import { EndedBySignal } from "../ended-by-signal.ts";
import type { ExitCode } from "../exit-code.ts";
import { runProgram } from "../program.ts";
import { type FakeChat } from "./fake-chat.ts";
import { createFakeChat, FIRST_SENT_AT } from "./fake-client.ts";
import type { FakeTerminal } from "./fake-terminal.ts";
import { temporaryHome } from "./temporary-home.ts";

/** A program under way. */
export interface CliRun {
  readonly chat: FakeChat;
  readonly exitCode: Promise<ExitCode>;
  readonly opened: Parameters<Host["openClient"]>[0][];
  readonly home: string;
  interrupt(reason?: Error): void;
  output(): string;
  errorOutput(): string;
}

/** Starts the program on a fake chat; off a terminal unless one is given. */
export async function startCli(
  args: readonly string[],
  options: {
    chat?: FakeChat;
    stdin?: string;
    env?: Record<string, string>;
    terminal?: FakeTerminal;
    home?: string;
    programName?: string;
    output?: Writable;
    /** In the place of the fake chat. */
    openClient?: Host["openClient"];
    openEditor?: Host["openEditor"];
  } = {},
): Promise<CliRun> {
  const chat = options.chat ?? createFakeChat({ self: "ada", joined: ["general"] });
  const home = options.home ?? temporaryHome();
  const abort = new AbortController();
  const opened: CliRun["opened"] = [];
  const output = collector();
  const errorOutput = collector();
  const { terminal } = options;
  const exitCode = runProgram(args, {
    input: terminal?.input ?? (options.stdin === undefined ? new PassThrough().end() : Readable.from([options.stdin])),
    output: options.output ?? terminal?.output ?? output.stream,
    errorOutput: errorOutput.stream,
    env: { NO_COLOR: "1", ...options.env },
    programName: options.programName ?? "chat",
    signal: abort.signal,
    homeDirectory: home,
    workingDirectory: home,
    async openClient(given) {
      opened.push(given);
      if (options.openClient !== undefined) return options.openClient(given);
      if (given.autoStart) chat.client.feed.start();
      return chat.client;
    },
    openEditor: options.openEditor ?? (() => Promise.reject(new Error("no editor here"))),
    now: () => FIRST_SENT_AT,
  });
  return {
    chat,
    exitCode,
    opened,
    home,
    interrupt: (reason = new EndedBySignal("SIGINT")) => abort.abort(reason),
    output: output.text,
    errorOutput: errorOutput.text,
  };
}

/** Runs the program to its end. */
export async function runCli(...given: Parameters<typeof startCli>): Promise<CliRun & { code: ExitCode }> {
  const run = await startCli(...given);
  return { ...run, code: await run.exitCode };
}

function collector(): { stream: Writable; text(): string } {
  let all = "";
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      all += chunk.toString("utf8");
      done();
    },
  });
  return { stream, text: () => all };
}
