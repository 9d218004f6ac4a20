import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startNatsCluster, type NatsCluster } from "../../../../scripts/nats-server/cluster.ts";
import { startNatsServer, type NatsServer } from "../../../../scripts/nats-server/start.ts";
import type { ScenarioContext } from "../scenario.ts";
import { type ChatServer, startChatServer } from "./chat-server.ts";

/** How often a node gets half a minute to be whole. */
const READY_TRIES = 4;

/** Chat servers on one lone NATS node that syncs every record. They go when the scenario is over. */
export async function startOnOneNode(
  { workDir, cleanup }: Pick<ScenarioContext, "workDir" | "cleanup">,
  count: number,
): Promise<{ nats: NatsServer; servers: ChatServer[] }> {
  const nats = cleanup.use(await startNatsServer({ storeDir: join(workDir, "nats") }));
  return { nats, servers: await startServers({ workDir, cleanup }, count, { NATS_URL: nats.url }) };
}

/** Chat servers on three NATS nodes with three replicas that sync every record. They go when the scenario is over. */
export async function startOnThreeNodes(
  { workDir, cleanup }: Pick<ScenarioContext, "workDir" | "cleanup">,
  count: number,
): Promise<{ nats: NatsCluster; servers: ChatServer[] }> {
  const nats = cleanup.use(await startNatsCluster({ storeDir: join(workDir, "nats") }));
  return {
    nats,
    servers: await startServers({ workDir, cleanup }, count, { NATS_URL: nats.url, NATS_REPLICAS: "3" }),
  };
}

/** Ends a node as a crash would and starts it again. @param awayMs how long it is away Returns whether it was whole again within minutes. */
export async function killNode(node: NatsServer, awayMs: number): Promise<boolean> {
  await node.kill();
  await delay(awayMs);
  await node.restart({ dontWait: true });
  for (let tries = 1; tries <= READY_TRIES; tries++) {
    try {
      await node.ready();
      return true;
    } catch {
      // It catches up with the others' metadata first, which takes its time on a busy machine.
    }
  }
  return false;
}

async function startServers(
  { workDir, cleanup }: Pick<ScenarioContext, "workDir" | "cleanup">,
  count: number,
  env: Record<string, string>,
): Promise<ChatServer[]> {
  const starting = Array.from({ length: count }, (_, index) =>
    startChatServer({ dir: join(workDir, `server-${index}`), env }),
  );
  return (await Promise.all(starting)).map((server) => cleanup.use(server));
}

/** A member of a list that is there. @throws Error where it is not */
export function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`there is no number ${index}`);
  return item;
}
