import { join } from "node:path";
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
  } catch (cause) {
    await cluster[Symbol.asyncDispose]();
    throw cause;
  }
  return cluster;
}
