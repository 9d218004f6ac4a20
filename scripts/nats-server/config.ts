import { join } from "node:path";

/** The part of one node in a cluster. */
export interface NatsClusterOptions {
  /** Name of the cluster, the same on all nodes. */
  name: string;
  /** Name of this node, another on each. */
  node: string;
  /** Where this node listens for the others. */
  port: number;
  /** `port` of all nodes, this one included. */
  routePorts: readonly number[];
  /** Tell clients of the other nodes, so that they find those by themselves. Default true; behind proxies they must not. */
  advertise?: boolean;
}

/**
 * The configuration file of a nats-server on loopback. Records of up to 8 MB pass; with `syncAlways`, the default, an acknowledged
 * record is on the disk (otherwise JetStream syncs every two minutes).
 */
export function natsServerConfig(options: {
  port: number;
  monitoringPort: number;
  storeDir: string;
  syncAlways?: boolean;
  cluster?: NatsClusterOptions;
  config?: string;
}): string {
  const { cluster } = options;
  const lines = [
    `listen: 127.0.0.1:${options.port}`,
    `http: 127.0.0.1:${options.monitoringPort}`,
    "max_payload: 8MB",
    // Shortest that the server accepts; with few clients it is over in a second or two.
    "lame_duck_grace_period: 100ms",
    "lame_duck_duration: 30s",
    `jetstream {`,
    `  store_dir: ${JSON.stringify(join(options.storeDir, "store"))}`,
    ...((options.syncAlways ?? true) ? ["  sync_interval: always"] : []),
    "}",
  ];
  if (cluster) {
    lines.push(
      `server_name: ${JSON.stringify(cluster.node)}`,
      "cluster {",
      `  name: ${JSON.stringify(cluster.name)}`,
      `  listen: 127.0.0.1:${cluster.port}`,
      ...((cluster.advertise ?? true) ? [] : ["  no_advertise: true"]),
      `  routes: [${cluster.routePorts.map((port) => `"nats://127.0.0.1:${port}"`).join(", ")}]`,
      "}",
    );
  }
  if (options.config) lines.push(options.config);
  return `${lines.join("\n")}\n`;
}
