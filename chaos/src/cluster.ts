import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type NatsCluster, startNatsCluster } from "../../scripts/nats-server/cluster.ts";
import { type ChatServerProcess, createChatServer } from "./chat-server.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import { mountSmallDisk, type SmallDisk } from "./small-disk.ts";

const NODES = 3;
const SERVERS = 3;
const NATS_USER = "chaos";

/** How often the balancer looks which servers are ready. */
const PROBE_MS = 300;

/** How long the servers may take to be ready the first time. */
const START_TIMEOUT_MS = 60_000;

/** Index of the node whose streams lie on a small disk. */
export const SMALL_DISK_NODE = NODES - 1;

/** Three nats-servers, three chat servers, a link that can be broken between each two of them, and links for clients. */
export interface ChaosCluster extends AsyncDisposable {
  readonly nats: NatsCluster;
  /** What NATS lets in. */
  readonly natsLogin: { readonly user: string; readonly pass: string };
  readonly servers: readonly ChatServerProcess[];
  /** Of each server, one to each node. */
  readonly natsLinks: readonly (readonly FaultProxy[])[];
  /** Of each client. */
  readonly clientLinks: readonly FaultProxy[];
  /** Makes a client's link: each connection goes to one of the servers that are ready, as a load balancer would do. */
  openClientLink(): Promise<FaultProxy>;
  /** Under the node {@link SMALL_DISK_NODE}; or why there is none. */
  readonly smallDisk: SmallDisk | { readonly refused: string };
  /** What servers said when last asked: undefined is ready. */
  readonly unready: readonly (string | undefined)[];
}

/** Starts everything and waits until the servers are ready. @param options.directory keeps stores and logs */
export async function startChaosCluster(options: { directory: string }): Promise<ChaosCluster> {
  const { directory } = options;
  await using opened = new AsyncDisposableStack();
  // Nobody else gets in: a server of another run that still looks for its own NATS may find this one on a port of before.
  const password = randomUUID();
  const smallDisk = await mountSmallDisk(join(directory, `node-${SMALL_DISK_NODE + 1}`, "store"));
  if (!("refused" in smallDisk)) opened.use(smallDisk);
  const nats = opened.use(
    await startNatsCluster({
      nodes: NODES,
      storeDir: directory,
      advertise: false,
      config: `authorization { user: ${NATS_USER}, password: "${password}" }`,
    }),
  );

  const natsLinks: FaultProxy[][] = [];
  const servers: ChatServerProcess[] = [];
  for (let index = 0; index < SERVERS; index++) {
    const links = await Promise.all(nats.nodes.map(({ port }) => startFaultProxy({ target: port })));
    for (const link of links) opened.use(link);
    natsLinks.push(links);
    const server = await createChatServer({
      name: `server-${index + 1}`,
      directory,
      env: {
        NATS_URL: links.map(({ port }) => `nats://${NATS_USER}:${password}@127.0.0.1:${port}`).join(","),
        NATS_REPLICAS: String(NODES),
      },
    });
    servers.push(opened.use(server));
    await server.start();
  }

  const unready: (string | undefined)[] = servers.map(() => "it starts");
  const stop = new AbortController();
  async function probe(server: ChatServerProcess, index: number): Promise<void> {
    while (!stop.signal.aborted) {
      unready[index] = await server.whyNotReady();
      await delay(PROBE_MS, undefined, { signal: stop.signal }).catch(() => undefined); // stopped: the loop ends
    }
  }
  const probing = Promise.all(servers.map(probe));
  opened.defer(async () => {
    stop.abort();
    await probing;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (unready.some((reason) => reason !== undefined)) {
    if (Date.now() > deadline) throw new Error(`the servers are not ready: ${unready.join("; ")} (logs: ${directory})`);
    await delay(PROBE_MS);
  }

  const clientLinks: FaultProxy[] = [];
  let turn = 0;
  function pickPort(): number {
    const ready = servers.filter((_, index) => unready[index] === undefined);
    const choice = ready.length > 0 ? ready : servers;
    return choice[turn++ % choice.length]?.port ?? 0;
  }

  const resources = opened.move();
  return {
    nats,
    natsLogin: { user: NATS_USER, pass: password },
    servers,
    natsLinks,
    clientLinks,
    async openClientLink() {
      const link = resources.use(await startFaultProxy({ target: pickPort }));
      clientLinks.push(link);
      return link;
    },
    smallDisk,
    unready,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
