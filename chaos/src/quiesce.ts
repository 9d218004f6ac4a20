import { setTimeout as delay } from "node:timers/promises";
import type { Violation } from "./check/check.ts";
import type { ChaosClient } from "./clients/chaos-client.ts";
import type { ChaosCluster } from "./cluster.ts";
import { logCopies } from "./jetstream-view.ts";
import { lastSeqOf } from "../../server/src/log/position.ts";

/** How long what was harmed may take until it works again: an election, a catch-up, a reconnect with its longest wait (30 s). */
const HEAL_MS = 60_000;

/** How long clients may take after that: an outbox's longest rest, then a heartbeat that says how far they are (20 s). */
const SETTLE_MS = 60_000;

const POLL_MS = 200;

/** Takes every obstacle away. Faults have been undone; this is for what a fault that failed left behind. */
export async function heal(cluster: ChaosCluster): Promise<void> {
  for (const link of [...cluster.natsLinks.flat(), ...cluster.clientLinks]) link.set({ kind: "clear" });
  for (const node of cluster.nats.nodes) {
    node.resume();
    if (node.pid === undefined) await node.restart({ dontWait: true });
  }
  for (const server of cluster.servers) {
    server.resume();
    await server.shiftClock(0);
    await server.start();
  }
}

/** Waits until everything works again and every client has what the log holds. Gives what did not get there, and why. */
export async function quiesce(
  cluster: ChaosCluster,
  clients: readonly ChaosClient[],
  say: (line: string) => void,
): Promise<Violation[]> {
  const stuck: Violation[] = [];
  const wait = async (ms: number, missing: () => Promise<readonly string[]> | readonly string[]): Promise<void> => {
    const deadline = Date.now() + ms;
    for (;;) {
      const reasons = await missing();
      if (reasons.length === 0) return;
      if (Date.now() > deadline) {
        for (const text of reasons) stuck.push({ kind: "stuck", text });
        return;
      }
      await delay(POLL_MS);
    }
  };

  say("waiting until everything works again");
  await wait(HEAL_MS, () =>
    cluster.unready.flatMap((reason, index) =>
      reason === undefined ? [] : [`${cluster.servers[index]?.name} is not ready: ${reason}`],
    ),
  );
  await wait(HEAL_MS, async () => {
    const copies = await logCopies(cluster.nats);
    const whole = copies.filter(({ messages, last }) => messages === copies[0]?.messages && last === copies[0]?.last);
    if (whole.length === cluster.nats.nodes.length) return [];
    return [`the copies of the log differ: ${copies.map((copy) => JSON.stringify(copy)).join(", ")}`];
  });
  say("waiting until every message has its answer");
  await wait(SETTLE_MS, () =>
    clients.filter(({ pending }) => pending > 0).map(({ name, pending }) => `${name} has ${pending} unsent messages`),
  );
  const head = lastSeqOf(Math.max(0, ...(await logCopies(cluster.nats)).map(({ last }) => last)));
  say(`waiting until every client has what the log holds, up to ${head}`);
  await wait(SETTLE_MS, () =>
    clients
      .filter(({ caughtUpTo }) => caughtUpTo < head)
      .map(({ name, caughtUpTo, isLive }) => `${name} is at ${caughtUpTo} of ${head}, ${isLive ? "live" : "not live"}`),
  );
  return stuck;
}
