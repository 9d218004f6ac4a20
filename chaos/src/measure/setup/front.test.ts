import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { describe, expect, it } from "vitest";
import { startFront } from "./front.ts";

async function greeter(word: string): Promise<Server & { port: number }> {
  const server = createServer((socket) => {
    socket.on("error", () => {}); // the test resets it
    socket.write(word);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(server, { port: (server.address() as AddressInfo).port });
}

async function hear(url: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  const [chunk] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return chunk.toString();
}

describe("a front", () => {
  it("takes turns, and passes over who refuses", async () => {
    const [one, two] = await Promise.all([greeter("one"), greeter("two")]);
    await using front = await startFront([one.port, two.port]);
    expect([await hear(front.url), await hear(front.url), await hear(front.url)]).toEqual(["one", "two", "one"]);
    two.close();
    expect(await hear(front.url)).toBe("one");
    expect(front.passedOver).toBe(1);
    one.close();
    await expect(hear(front.url)).rejects.toThrow();
  });

  it("resets a client whose server goes, and routes the next one elsewhere", async () => {
    const [one, two] = await Promise.all([greeter("one"), greeter("two")]);
    await using front = await startFront([one.port]);
    const socket = connect(Number(new URL(front.url).port), "127.0.0.1");
    const gone = once(socket, "error");
    const [upstream] = (await once(one, "connection")) as [{ resetAndDestroy(): void }];
    await once(socket, "data");
    upstream.resetAndDestroy();
    await gone;
    front.route([two.port]);
    expect(await hear(front.url)).toBe("two");
    one.close();
    two.close();
  });
});
