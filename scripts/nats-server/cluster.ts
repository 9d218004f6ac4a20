import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePorts, startNatsServer, type NatsServer, type NatsServerOptions } from "./start.ts";

/** Several nats-servers that are one JetStream cluster. Each node can be killed, frozen and restarted by itself. */
export interface NatsCluster extends AsyncDisposable {
  /** All nodes, separated by commas. */
  readonly url: string;
  readonly nodes: readonly NatsServer[];
  /** Resolves when every node that runs is ready. */
  ready(): Promise<void>;
  /** Ends all nodes in good order. */
  stop(): Promise<void>;
}

/**
 * Starts a cluster on loopback and waits until JetStream has elected its leader and serves on every node.
 *
 * @param options.storeDir holds one directory per node (`node-1` …); without it each node has a temporary one.
 * @param options.advertise whether clients are told of the other nodes
 */
export async function startNatsCluster(
  options: { nodes?: number; advertise?: boolean } & Pick<NatsServerOptions, "storeDir" | "config" | "syncAlways"> = {},
): Promise<NatsCluster> {
  const { nodes: count = 3, storeDir, advertise = true, ...rest } = options;
  const routePorts = await freePorts(count);
  const nodes = await Promise.all(
    routePorts.map((port, index) =>
      startNatsServer({
        ...rest,
        ...(storeDir === undefined ? {} : { storeDir: join(storeDir, `node-${index + 1}`) }),
        cluster: { name: "chat", node: `node-${index + 1}`, port, routePorts, advertise },
        dontWait: true,
      }),
    ),
  );

  const cluster: NatsCluster = {
    url: nodes.map((node) => node.url).join(","),
    nodes,
    async ready() {
      await Promise.all(nodes.filter((node) => node.pid !== undefined).map((node) => node.ready()));
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
    },
  };
  try {
    await cluster.ready();
    await formed(cluster);
  } catch (cause) {
    await cluster[Symbol.asyncDispose]();
    throw cause;
  }
  return cluster;
}

/** How long nodes may take to become one cluster. */
const FORM_TIMEOUT_MS = 30_000;

/** A node that is not in the cluster after this is started anew. */
const LEFT_OUT_MS = 4_000;

const POLL_MS = 100;

/**
 * Resolves when every node is a member of JetStream's own group. Now and then two of three nodes that start at the same moment make the group alone, and the
 * third one says that it is ready and is never taken in; a restart mends that.
 */
async function formed({ nodes }: NatsCluster): Promise<void> {
  const startedAt = Date.now();
  let checkedAt = startedAt;
  for (;;) {
    const members = await membersOf(nodes);
    if (members.size === nodes.length) return;
    if (Date.now() - startedAt > FORM_TIMEOUT_MS)
      throw new Error(`only ${[...members].join(", ")} of ${nodes.length} nodes became a JetStream cluster`);
    if (members.size > 0 && Date.now() - checkedAt > LEFT_OUT_MS) {
      for (const [index, node] of nodes.entries()) if (!members.has(`node-${index + 1}`)) await node.restart();
      checkedAt = Date.now();
    }
    await delay(POLL_MS);
  }
}

/** Names of the nodes in JetStream's group, as its leader sees it; empty while there is none. */
async function membersOf(nodes: readonly NatsServer[]): Promise<ReadonlySet<string>> {
  for (const node of nodes) {
    const response = await fetch(`http://127.0.0.1:${node.monitoringPort}/jsz`);
    const { meta_cluster: group } = (await response.json()) as {
      meta_cluster?: { leader?: string; replicas?: { name: string; offline?: boolean }[] };
    };
    if (group?.replicas) return new Set([group.leader ?? "", ...group.replicas.map(({ name }) => name)]);
  }
  return new Set();
}
