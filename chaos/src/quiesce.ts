import { setTimeout as delay } from "node:timers/promises";
import type { Violation } from "./check/check.ts";
import type { ChaosClient } from "./clients/chaos-client.ts";
import type { Herd } from "./clients/herd.ts";
import type { ChaosCluster } from "./cluster.ts";
import { logCopies } from "./jetstream-view.ts";
import { lastSeqOf } from "../../server/src/log/position.ts";

/** How long what was harmed may take until it works again: an election, a catch-up, a reconnect with its longest wait (30 s). */
const HEAL_MS = 60_000;

/** How long clients may take after that: an outbox's longest rest, then a heartbeat that says how far they are (20 s). */
const SETTLE_MS = 60_000;

const POLL_MS = 200;

/** A NATS node that is not healthy after this is started anew. */
const OUT_OF_STEP_MS = 20_000;

/** How long the answer of a node may take. */
const HEALTH_TIMEOUT_MS = 2_000;

/**
 * What whoever runs NATS does about a node that says of itself that it is not healthy and stays so. JetStream 2.10 has them now and then after crashes: a
 * node whose copies stand still though the leader is there. Nothing is lost by it, and a start of that node mends it.
 */
async function restartUnhealthy({ nats }: ChaosCluster, note: (text: string) => void): Promise<void> {
  for (const [index, node] of nats.nodes.entries()) {
    const signal = AbortSignal.timeout(HEALTH_TIMEOUT_MS);
    const answer = await fetch(`http://127.0.0.1:${node.monitoringPort}/healthz`, { signal }).catch(() => undefined);
    if (answer?.ok) continue;
    const reason = (await answer?.text())?.trim() ?? "no answer";
    note(`NATS node ${index + 1} did not get healthy by itself (${reason}) and was started anew`);
    await node.restart({ dontWait: true });
  }
}

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
  herd: Herd,
  say: (line: string) => void,
  note: (text: string) => void,
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
  const restartAt = Date.now() + OUT_OF_STEP_MS;
  let isMended = false;
  await wait(HEAL_MS, async () => {
    if (Date.now() > restartAt && !isMended) {
      isMended = true;
      await restartUnhealthy(cluster, note);
    }
    const copies = await logCopies(cluster.nats);
    const whole = copies.filter(({ messages, last }) => messages === copies[0]?.messages && last === copies[0]?.last);
    if (whole.length === cluster.nats.nodes.length) return [];
    return [`the copies of the log differ: ${copies.map((copy) => JSON.stringify(copy)).join(", ")}`];
  });
  await wait(SETTLE_MS, () =>
    herd.missing === 0 ? [] : [`${herd.missing} of ${herd.size} streams did not come back`],
  );
  await herd.leave();
  say("waiting until every message has its answer");
  await wait(SETTLE_MS, () =>
    clients.filter(({ pending }) => pending > 0).map(({ name, unsent }) => `${name} waits for answers: ${unsent}`),
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
