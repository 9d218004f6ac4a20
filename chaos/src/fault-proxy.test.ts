import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";

/** A server that answers every byte with itself, behind a proxy. */
async function startEcho() {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy = await startFaultProxy({ target: (server.address() as AddressInfo).port });
  return {
    proxy,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      server.close();
    },
  };
}

interface Client extends Socket {
  heard(): string;
  readonly gone: Promise<void>;
}

function connect(proxy: FaultProxy): Client {
  let text = "";
  const socket = createConnection({ host: "127.0.0.1", port: proxy.port });
  socket.on("error", () => undefined);
  socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  return Object.assign(socket, { heard: () => text, gone });
}

async function hears(socket: Client, text: string): Promise<void> {
  while (!socket.heard().includes(text)) await once(socket, "data");
}

describe("the fault proxy", () => {
  it("passes bytes both ways while the link is clear", async () => {
    await using echo = await startEcho();
    const socket = connect(echo.proxy);
    socket.write("hello");
    await hears(socket, "hello");
    expect(echo.proxy.bytes).toEqual({ toServer: 5, toClient: 5, lost: 0 });
    socket.destroy();
  });

  it("resets what is open and what comes while it is cut", async () => {
    await using echo = await startEcho();
    const open = connect(echo.proxy);
    open.write("hello");
    await hears(open, "hello");
    echo.proxy.set({ kind: "cut" });
    await open.gone;
    const late = connect(echo.proxy);
    await late.gone;
    expect(late.heard()).toBe("");
  });

  it("keeps the order of what it delays and throttles", async () => {
    await using echo = await startEcho();
    const socket = connect(echo.proxy);
    await once(socket, "connect");
    echo.proxy.set({ kind: "delayed", ms: 30 });
    socket.write("one ");
    await hears(socket, "one ");
    socket.write("two ");
    echo.proxy.set({ kind: "throttled", bytesPerSecond: 100 });
    socket.write("three ");
    echo.proxy.set({ kind: "clear" });
    socket.write("four");
    await hears(socket, "four");
    expect(socket.heard()).toBe("one two three four");
    socket.destroy();
  });

  it("loses in silence what is said while it is silent, and resets that connection when it clears", async () => {
    await using echo = await startEcho();
    const socket = connect(echo.proxy);
    socket.write("before");
    await hears(socket, "before");
    echo.proxy.set({ kind: "silent" });
    socket.write("lost");
    const other = connect(echo.proxy);
    other.write("lost too");
    await swallowed(echo.proxy, 12);
    expect([socket.destroyed, other.destroyed]).toEqual([false, false]);
    echo.proxy.set({ kind: "clear" });
    await Promise.all([socket.gone, other.gone]);
    expect([socket.heard(), other.heard()]).toEqual(["before", ""]);
  });

  it("lets the server's side through while it is half open", async () => {
    await using echo = await startEcho();
    const socket = connect(echo.proxy);
    socket.write("before");
    await hears(socket, "before");
    echo.proxy.set({ kind: "half-open" });
    socket.write("lost");
    await swallowed(echo.proxy, 4);
    expect(echo.proxy.bytes.toServer).toBe(6);
    socket.destroy();
  });
});

async function swallowed(proxy: FaultProxy, bytes: number): Promise<void> {
  while (proxy.bytes.lost < bytes) await new Promise((resolve) => setImmediate(resolve));
}
