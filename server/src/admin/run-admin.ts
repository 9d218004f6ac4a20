import { parseArgs } from "node:util";
import { loadConfig } from "../config.ts";
import { ChatError } from "../errors.ts";
import { createLogger } from "../logger.ts";
import { backup, restore } from "./backup.ts";
import type { AdminCommand } from "./command.ts";
import { logSkip } from "./log-skip.ts";
import { logStatus } from "./log-status.ts";

/** Every command, in the order of the help. */
const COMMANDS: readonly AdminCommand[] = [logStatus, logSkip, backup, restore];

/** Exit codes: 0 done, 1 not done, 2 typed wrong. */
const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** Settings that may be given as flags; all others come from the environment. */
const SETTINGS = ["data-dir", "nats-url", "nats-creds", "nats-replicas"] as const;

/**
 * Runs one command line of `npm run admin`. Never rejects.
 * @param options.args what stands behind `npm run admin --`
 * @returns the exit code
 */
export async function runAdmin(options: {
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
  complain: (line: string) => void;
  signal: AbortSignal;
}): Promise<number> {
  const { args, env, say, complain, signal } = options;
  try {
    const { values, positionals } = parse(args);
    const command = COMMANDS.find(({ name }) => name.split(" ").every((word, at) => positionals[at] === word));
    if (!command) {
      for (const line of help()) (positionals.length === 0 ? say : complain)(line);
      return positionals.length === 0 ? EXIT.ok : EXIT.usage;
    }
    const settings = SETTINGS.flatMap((name) =>
      values[name] === undefined ? [] : [`--${name}=${String(values[name])}`],
    );
    await command.run({
      config: loadConfig({ env, args: settings }),
      args: positionals.slice(command.name.split(" ").length),
      reason: values.reason,
      yes: values.yes ?? false,
      say,
      logger: createLogger({ level: env["LOG_LEVEL"] || "error" }),
      signal,
      now: Date.now,
    });
    return EXIT.ok;
  } catch (error) {
    complain(error instanceof ChatError ? error.message : String(error));
    return error instanceof ChatError && error.code === "invalid_argument" ? EXIT.usage : EXIT.failed;
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        reason: { type: "string" },
        yes: { type: "boolean" },
        "data-dir": { type: "string" },
        "nats-url": { type: "string" },
        "nats-creds": { type: "string" },
        "nats-replicas": { type: "string" },
      },
    });
  } catch (cause) {
    throw new ChatError("invalid_argument", (cause as Error).message.split(". ")[0] ?? "", { cause });
  }
}

function help(): string[] {
  const calls = COMMANDS.map(({ name, usage, summary }) => [`${name} ${usage}`.trim(), summary] as const);
  const width = Math.max(...calls.map(([call]) => call.length));
  return [
    "npm run admin -- COMMAND   with the settings of the servers (DATA_DIR, NATS_URL …)",
    "",
    ...calls.map(([call, summary]) => `  ${call.padEnd(width)}  ${summary}`),
  ];
}
