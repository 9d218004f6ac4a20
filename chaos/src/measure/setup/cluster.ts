import { join } from "node:path";
import { startNatsCluster, type NatsCluster } from "../../../../scripts/nats-server/cluster.ts";
import { startNatsServer, type NatsServer } from "../../../../scripts/nats-server/start.ts";
import type { ScenarioContext } from "../scenario.ts";
import { type ChatServer, startChatServer } from "./chat-server.ts";

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
