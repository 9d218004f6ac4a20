import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { startLoad } from "../load/load-process.ts";
import { inRounds } from "../rounds.ts";
import type { Scenario } from "../scenario.ts";
import type { Contender } from "../servers/contender.ts";
import { pairs, PAIRS } from "./pairs.ts";

const METRIC = "fsyncs per message";

const CONTENDERS = [
  { name: "ours nats-synced grpc-web", server: "ours", protocol: "grpc-web", nats: "synced" },
  { name: "socket.io jetstream-synced", server: "socket.io", protocol: "socket.io", nats: "synced" },
  { name: "ours embedded grpc-web", server: "ours", protocol: "grpc-web" },
] as const satisfies readonly Contender[];

/** Counts a process's fsyncs while something goes on. Undefined where strace is not to be had. */
async function countFsyncs(pid: number, work: () => Promise<unknown>): Promise<number | undefined> {
  const strace = spawn("strace", ["-f", "-c", "-e", "trace=fsync,fdatasync", "-p", String(pid)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exit = once(strace, "exit").catch(() => undefined);
  let output = "";
  strace.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  while (!output.includes("attached") && strace.exitCode === null && strace.pid !== undefined) await delay(20);
  if (!output.includes("attached")) return undefined;
  await work();
  strace.kill("SIGINT");
  await exit;
  // Lines of the summary: "% time, seconds, usecs/call, calls, [errors], syscall".
  return [...output.matchAll(/^ *[\d.]+ +[\d.]+ +\d+ +(\d+).* f(?:data)?sync$/gm)].reduce(
    (sum, [, calls]) => sum + Number(calls),
    0,
  );
}

/** How many messages share one sync to the disk. */
export const fsyncs: Scenario = {
  name: "fsyncs",
  title: `Syncs to the disk per direct message at ${PAIRS} senders, counted by strace in the process that stores`,
  async run(context) {
    const windowMs = context.quick ? 300 : 1_000;
    await using load = startLoad();
    const samples = await inRounds<number>(
      {
        contenders: CONTENDERS,
        variants: [""],
        start: () => ({ people: 2 * PAIRS }),
        open: ({ target, people }) => load.run("open", { target, ...pairs(people) }),
        async measure({ natsPid, target }, session) {
          let messages = 0;
          const count = await countFsyncs(natsPid ?? target.pid, async () => {
            messages = (await load.run("direct", { session, windowMs })).messages;
          });
          if (count === undefined) context.say("strace can't be used here: fsyncs are not counted");
          return count === undefined ? undefined : { [METRIC]: count / messages, fsyncs: count, messages };
        },
        close: (session) => load.run("close", { session }),
      },
      { ...context, rounds: Math.min(context.rounds, 3) },
    );
    return {
      samples,
      comparisons: [
        {
          label: "fsyncs per message: ours nats-synced / socket.io jetstream-synced",
          metric: METRIC,
          ours: { contender: "ours nats-synced grpc-web", variant: "" },
          peer: { contender: "socket.io jetstream-synced", variant: "" },
          target: { is: "at most", value: 0.5 },
        },
      ],
      columns: [METRIC, "fsyncs", "messages"],
      notes: ["strace slows down what it watches: the counts are good, the speed is not."],
    };
  },
};
