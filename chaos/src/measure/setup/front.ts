import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A load balancer as users have one in front: TCP, new connections to the next server that takes them. */
export interface Front extends AsyncDisposable {
  readonly url: string;
  /** New connections go to these ports from now on, in turn; a port that refuses is passed over for this connection. */
  route(ports: readonly number[]): void;
  /** Connections passed over to another port because the first refused. */
  readonly passedOver: number;
}

/** Starts one on loopback. */
export async function startFront(ports: readonly number[]): Promise<Front> {
  let targets = ports;
  let next = 0;
  let passedOver = 0;
  const open = new Set<Socket>();

  function join(client: Socket, tries: number): void {
    const upstream = connect({ host: "127.0.0.1", port: targets[next++ % targets.length] ?? 0, noDelay: true });
    let connected = false;
    upstream.once("connect", () => {
      connected = true;
      client.pipe(upstream).pipe(client);
    });
    upstream.on("error", () => {}); // told by "close", too
    upstream.once("close", () => {
      open.delete(upstream);
      if (connected || tries <= 1 || client.destroyed) return void client.resetAndDestroy();
      passedOver++;
      join(client, tries - 1);
    });
    client.once("close", () => upstream.destroy());
    open.add(upstream);
  }

  const server = createServer({ noDelay: true, pauseOnConnect: true }, (client) => {
    open.add(client);
    client.on("error", () => {}); // told by "close", too
    client.once("close", () => open.delete(client));
    join(client, targets.length);
  });
  server.listen({ port: 0, host: "127.0.0.1", backlog: 4_096 });
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    route(to) {
      targets = to;
    },
    get passedOver() {
      return passedOver;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, "close");
    },
  };
}
