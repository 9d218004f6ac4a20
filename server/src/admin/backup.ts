import { resolve } from "node:path";
import type { BackupSummary } from "../backups.ts";
import { openBackups } from "../compose.ts";
import { ChatError } from "../errors.ts";
import type { AdminCommand } from "./command.ts";

/** Writes everything that servers store into a directory. */
export const backup: AdminCommand = {
  name: "backup",
  usage: "DIRECTORY",
  summary: "write everything that is stored into an empty directory; servers may run",
  async run({ config, args, say, ...options }) {
    const directory = directoryOf(args, "npm run admin -- backup DIRECTORY");
    const backups = await openBackups(config, options);
    say(`${describe(await backups.backup(directory))}, in ${directory}`);
  },
};

/** Puts a backup in the place of what is stored. */
export const restore: AdminCommand = {
  name: "restore",
  usage: "DIRECTORY --yes",
  summary: "put a backup in the place of what is stored; every client loads everything again",
  async run({ config, args, yes, say, ...options }) {
    const directory = directoryOf(args, "npm run admin -- restore DIRECTORY --yes");
    const backups = await openBackups(config, options);
    say(`Restored ${describe(await backups.restore(directory, { replace: yes }))}.`);
    say("Servers that ran on NATS meanwhile have stopped before it: start each with --accept-new-log, once.");
  },
};

function directoryOf(args: readonly string[], usage: string): string {
  const [directory, ...rest] = args;
  if (directory === undefined || rest.length > 0) throw new ChatError("invalid_argument", `Which directory? ${usage}`);
  return resolve(directory);
}

function describe({ records, epoch, chain }: BackupSummary): string {
  return `${records} records, chain ${chain}, epoch ${epoch}`;
}
