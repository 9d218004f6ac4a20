import path from "node:path";
import type { ChatClient } from "@chat/client";
import { parseLine, type ParsedValues } from "./arguments.ts";
import type { Command, CommandContext, Host, ServerTarget } from "./command.ts";
import { COMMANDS } from "./commands/list.ts";
import { talk } from "./commands/talk.ts";
import { EndedBySignal } from "./ended-by-signal.ts";
import { errorJson } from "./error-json.ts";
import { CommandError, describeError, EXIT, exitCodeOf, usageError, type ExitCode } from "./exit-code.ts";
import { commandHelp, programHelp } from "./help.ts";
import { createPrinter, wantsColour } from "./printer.ts";
import { configDirectory, openProfile, type Profile, type ProfileSettings } from "./profile.ts";
import { settledSession } from "./session.ts";
import { VERSION } from "./version.ts";

const DEFAULT_SERVER_URL = "http://127.0.0.1:7000";

/** Runs one command line. Never rejects: whatever goes wrong is told on the error output and in the exit code. */
export async function runProgram(args: readonly string[], host: Host): Promise<ExitCode> {
  await using clients = new AsyncDisposableStack();
  const print = createPrinter({ ...host, asJson: wantsJson(args), colour: false });
  try {
    await run(args, host, clients);
    await written(host.output);
    return EXIT.ok;
  } catch (error) {
    const { aborted, reason } = host.signal;
    if (aborted && (error === reason || isAbort(error)) && reason instanceof EndedBySignal) return reason.exitCode;
    const cause: unknown = aborted && isAbort(error) ? reason : error;
    // A reader that has gone wants nothing more: that is no failure.
    if (hasCode(cause, "EPIPE")) return EXIT.ok;
    if (print.asJson) print.errorJson(errorJson(cause, host.programName));
    else print.note(`chat: ${describeError(cause)}`);
    return exitCodeOf(cause);
  }
}

/** Known also where the rest of the line is wrong. */
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end < 0 ? undefined : end).includes("--json");
}

async function run(args: readonly string[], host: Host, clients: AsyncDisposableStack): Promise<void> {
  const { command: named, values, positionals } = parseLine(args, COMMANDS, talk);
  const print = createPrinter({ ...host, asJson: values["json"] === true, colour: wantsColour(host.output, host.env) });
  if (values["version"] === true) return print.line(VERSION);
  if (values["help"] === true)
    return print.help(named === undefined ? programHelp(COMMANDS, print.style) : commandHelp(named, print.style));
  const command: Command = named ?? talk;
  const profile = await openProfile({
    directory: configDirectory(host.env, host.homeDirectory),
    name: text(values, "profile") ?? (host.env["CHAT_PROFILE"] || "default"),
  });
  const target = settleTarget(values, host, profile.settings);
  const onTerminal = host.input.isTTY === true && host.output.isTTY === true && values["json"] !== true;
  const dumbTerminal = host.env["TERM"] === "dumb";
  const context: CommandContext = {
    ...host,
    values: values as CommandContext["values"],
    positionals,
    print,
    profile,
    target,
    interactive: onTerminal && !dumbTerminal,
    dumbTerminal: onTerminal && dumbTerminal,
    async open({ resume = "fresh", autoStart = false } = {}): Promise<ChatClient> {
      const client = await host.openClient({
        target,
        stateFile: await profile.stateFile(target.url),
        resume,
        autoStart,
      });
      clients.defer(() => client.close());
      return client;
    },
    async openSignedIn(options) {
      const client = await context.open(options);
      const session = await settledSession(client, host.signal);
      if (session.state === "signed-in") return { client, user: session.user };
      throw signInNeeded(profile, session.ended);
    },
  };
  if (command.run === undefined) {
    throw usageError(
      `"${command.name}" is for a conversation on the screen: open one with chat ADDRESS, type /${command.name}.`,
    );
  }
  await command.run(context);
}

function signInNeeded(profile: Profile, ended: boolean): CommandError {
  const how = profile.name === "default" ? "chat login" : `chat login --profile ${profile.name}`;
  return new CommandError(
    EXIT.signInNeeded,
    `${ended ? "Your session has ended" : "You are not signed in"}. Sign in with: ${how}`,
  );
}

/** Options before environment before profile. A certificate setting of the profile holds for the profile's server alone. */
function settleTarget(values: ParsedValues, host: Host, settings: ProfileSettings): ServerTarget {
  const url = serverOrigin(
    text(values, "server") ?? (host.env["CHAT_SERVER"] || settings.server || DEFAULT_SERVER_URL),
  );
  const own = url === settings.server ? settings : {};
  const ca = text(values, "ca");
  const caFile = ca === undefined ? own.caFile : path.resolve(host.workingDirectory, ca);
  return {
    url,
    insecure: values["insecure"] === true || own.insecure === true,
    ...(caFile === undefined ? {} : { caFile }),
  };
}

function serverOrigin(given: string): string {
  const url = URL.parse(given.includes("://") ? given : `http://${given}`);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw usageError(`--server takes a URL such as ${DEFAULT_SERVER_URL}, not "${given}".`);
  }
  return url.origin;
}

function text(values: ParsedValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** Waits until all output is written: only then is it known that it could be. @throws the output's error */
async function written(output: Host["output"]): Promise<void> {
  if (output.errored !== null) throw output.errored;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  output.write("", (error) => (error === null || error === undefined ? resolve() : reject(error)));
  await promise;
}
