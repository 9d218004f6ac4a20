import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDeadPeers, type DeadPeers } from "./dead-peers.ts";
import { connectionKey, readUnanswered, type Unanswered, unansweredIn } from "./tcp-table.ts";

/** As Linux prints it: a listener, a quiet connection, one with two retransmissions, one being probed, one of IPv6. */
const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1B58 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1654 1 00000000187d13c0 100 0 0 10 0
   1: 0100007F:1B58 0200007F:D431 01 00000000:00000000 02:0000A1B2 00000000     0        0 1655 2 00000000187d13c1 20 4 30 10 -1
   2: 0100007F:1B58 0300007F:D432 01 00000019:00000000 01:0000004B 00000002     0        0 1656 3 00000000187d13c2 80 4 30 1 7
   3: 0100007F:1B58 0400007F:D433 01 000A0019:00000000 04:0000014B 00000000     0        3 1657 3 00000000187d13c3 80 4 30 1 7
   4: 0100007F:1B58 0500007F:D434 01 00000019:00000000 01:0000004B 00000000     0        0 1658 3 00000000187d13c4 80 4 30 1 7
   5: 0000000000000000FFFF00000100007F:1B58 0000000000000000FFFF00000600007F:D435 01 00000019:00000000 01:0000004B 0000000A     0        0 1659 3 00000000187d13c5 80 4 30 1 7
`;
const keyOf = (remoteAddress: string, remotePort: number): string =>
  connectionKey({ localPort: 0x1b58, remoteAddress, remotePort });

describe("the kernel's table", () => {
  it("tells the connections whose peer leaves tries unanswered", () => {
    expect(unansweredIn(TABLE)).toEqual([
      { key: keyOf("127.0.0.3", 0xd432), tries: 2 },
      { key: keyOf("127.0.0.4", 0xd433), tries: 3 },
      { key: keyOf("::ffff:127.0.0.6", 0xd435), tries: 10 },
    ]);
  });

  it.runIf(process.platform === "linux")("names connections as Node does, over IPv4 and IPv6", async () => {
    for (const host of ["127.0.0.1", "::1", "::ffff:127.0.0.1"]) {
      const server = createServer().listen(0, host);
      await once(server, "listening");
      const accepted = once(server, "connection") as Promise<[Socket]>;
      const client = connect((server.address() as { port: number }).port, host);
      const [socket] = await accepted;
      const { localPort = 0, remoteAddress = "", remotePort = 0 } = socket;
      const { readFile } = await import("node:fs/promises");
      const tables = await Promise.all(["tcp", "tcp6"].map((name) => readFile(`/proc/self/net/${name}`, "latin1")));
      const keys = tables
        .join("\n")
        .split("\n")
        .map((row) => row.trim().split(/\s+/))
        .map(([, local, remote]) => `${local?.split(":")[1] ?? ""} ${remote ?? ""}`);
      expect(keys).toContain(connectionKey({ localPort, remoteAddress, remotePort }));
      client.destroy();
      socket.destroy();
      server.close();
    }
    expect(await readUnanswered()).toBeDefined();
  });
});

describe("dead peers", () => {
  let deadPeers: DeadPeers;
  let rows: readonly Unanswered[] | undefined;
  let looks: number;
  let time: number;
  let socket: Socket;
  let client: Socket;
  let key: string;
  const servers: ReturnType<typeof createServer>[] = [];

  beforeEach(async () => {
    rows = [];
    looks = 0;
    time = 0;
    deadPeers = createDeadPeers({
      now: () => time,
      read: () => {
        looks++;
        return Promise.resolve(rows);
      },
    });
    const server = createServer().listen(0, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    const accepted = once(server, "connection") as Promise<[Socket]>;
    client = connect((server.address() as { port: number }).port, "127.0.0.1");
    [socket] = await accepted;
    const { localPort = 0, remoteAddress = "", remotePort = 0 } = socket;
    key = connectionKey({ localPort, remoteAddress, remotePort });
  });
  afterEach(() => {
    deadPeers.close();
    client.destroy();
    for (const server of servers.splice(0)) server.close();
  });

  async function lookAt(seconds: number, tries: number | undefined): Promise<void> {
    time = seconds * 1_000;
    rows = tries === undefined ? [] : [{ key, tries }];
    await deadPeers.look();
  }

  it("are dropped when they have answered nothing from one look to the next", async () => {
    deadPeers.watch(socket);
    await lookAt(0, 1);
    await lookAt(2, 3);
    await lookAt(3.7, 4);
    expect(socket.destroyed).toBe(false);
    await lookAt(4, 4);
    expect(socket.destroyed).toBe(true);
  });

  it("are left alone while an answer comes now and then", async () => {
    deadPeers.watch(socket);
    for (let second = 0; second < 60; second += 4) {
      await lookAt(second, 3);
      await lookAt(second + 2, second % 8 === 0 ? undefined : 1);
    }
    expect(socket.destroyed).toBe(false);
  });

  it("are left alone while there were few tries: the way is long", async () => {
    deadPeers.watch(socket);
    for (let second = 0; second < 10; second++) await lookAt(second, 2);
    expect(socket.destroyed).toBe(false);
  });

  it("of others are not ours to drop, nor is anybody asked while there is nothing to watch", async () => {
    await lookAt(0, 9);
    expect(looks).toBe(0);
    deadPeers.watch(socket);
    for (const second of [0, 6, 12]) {
      time = second * 1_000;
      rows = [{ key: `${key}0`, tries: 9 }];
      await deadPeers.look();
    }
    expect([looks, socket.destroyed]).toEqual([3, false]);
    const closed = once(socket, "close");
    socket.destroy();
    await closed;
    await lookAt(20, 9);
    expect(looks).toBe(3);
  });
});
