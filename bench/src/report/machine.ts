import { execFile } from "node:child_process";
import { cpus, release, totalmem } from "node:os";
import { promisify } from "node:util";
import { ensureNatsServer, natsServerVersion } from "../../../scripts/nats-server/ensure.ts";

const run = promisify(execFile);

/** What a run was made on. Figures mean nothing without it. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  readonly nats: string;
  readonly commit: string;
  /** Day of the run, ISO. */
  readonly date: string;
}

/** Looks at this machine. */
export async function thisMachine(now: Date): Promise<Machine> {
  const commit = await run("git", ["describe", "--always", "--dirty"], { cwd: import.meta.dirname }).then(
    ({ stdout }) => stdout.trim(),
    () => "unknown", // not in a clone
  );
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    node: process.version,
    nats: (await natsServerVersion(await ensureNatsServer())) ?? "unknown",
    commit,
    date: now.toISOString().slice(0, 10),
  };
}

/** In one line. */
export function machineLine({ cpu, cores, memoryGb, system, node, nats, commit, date }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGb} GB, ${system}, Node.js ${node}, nats-server ${nats}, commit ${commit}, ${date}`;
}
