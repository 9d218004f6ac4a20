import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import { connect, type AddressInfo, type Socket } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Payload, payload } from "./payload.ts";
import { createStreamBody } from "./stream-body.ts";

interface Body {
  write(payload: Payload): boolean;
  readonly queuedBytes: number;
}

const part = (text: string) => payload(Buffer.from(text));

/** A server whose responses the test writes. */
async function serve() {
  const responses: ServerResponse[] = [];
  let arrived = Promise.withResolvers<void>();
  const server = createServer((_request, response) => {
    responses.push(response);
    arrived.resolve();
    arrived = Promise.withResolvers();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    /** The next request's response, its head written, and its body. */
    async next(): Promise<{ response: ServerResponse; body: Body; drains: () => number }> {
      while (responses.length === 0) await arrived.promise;
      const response = responses.shift() as ServerResponse;
      let drains = 0;
      response.writeHead(200, { "content-type": "text/plain" });
      const { sink, form } = createStreamBody(response, () => drains++);
      const body: Body = {
        write: (given) => sink.write(given[form]),
        get queuedBytes() {
          return sink.writableLength;
        },
      };
      return { response, body, drains: () => drains };
    },
    close: () => (server.closeAllConnections(), server.close()),
  };
}

describe("the body of a stream over HTTP/1.1", () => {
  let closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing) close();
    closing = [];
  });
  async function setUp() {
    const server = await serve();
    closing.push(server.close);
    return server;
  }

  it("makes a payload's chunk once, whoever asks, and hands it to the socket in one write", async () => {
    const server = await setUp();
    const readers = await Promise.all(
      [1, 2, 3].map(async () => {
        const answered = once(request({ port: server.port }).end(), "response") as Promise<[IncomingMessage]>;
        const { response, body } = await server.next();
        return { answered, response, body, write: vi.spyOn(response.socket as Socket, "write") };
      }),
    );
    const shared = part("to all of you");
    for (const { body } of readers) body.write(shared);
    const chunks = readers.map(({ write }) => write.mock.calls.map(([bytes]) => bytes));
    expect(chunks).toEqual([[shared.chunk], [shared.chunk], [shared.chunk]]);
    for (const [only] of chunks) expect(only).toBe(shared.chunk);
    for (const { response, answered } of readers) {
      response.end("and goodbye");
      const [answer] = await answered;
      expect(Buffer.concat(await answer.toArray()).toString()).toBe("to all of you" + "and goodbye");
    }
  });

  it("sends the head first, and every payload in order, whatever its size", async () => {
    const server = await setUp();
    const answered = once(request({ port: server.port }).end(), "response") as Promise<[IncomingMessage]>;
    const { response, body } = await server.next();
    const texts = Array.from({ length: 200 }, (_, index) => `${index} ${"x".repeat(index * 17)}\n`);
    for (const text of texts) body.write(part(text));
    response.end();
    const [answer] = await answered;
    expect(answer.headers["content-type"]).toBe("text/plain");
    expect(Buffer.concat(await answer.toArray()).toString()).toBe(texts.join(""));
  });

  it("says when it is full, how much waits, and when that has gone", async () => {
    const server = await setUp();
    const answered = once(request({ port: server.port }).end(), "response") as Promise<[IncomingMessage]>;
    const { response, body, drains } = await server.next();
    body.write(part("start"));
    const [answer] = await answered;
    const block = part("x".repeat(1024 * 1024));
    let written = 0;
    while (body.write(block) || written < 20) written++;
    expect(body.queuedBytes).toBeGreaterThan(block.bytes.length);
    expect(drains()).toBe(0);
    answer.resume();
    await vi.waitFor(() => expect(drains()).toBe(1), { timeout: 10_000 });
    expect(body.queuedBytes).toBe(0);
    response.end();
  });

  it("sends no chunks to an HTTP/1.0 client", async () => {
    const server = await setUp();
    const socket = connect(server.port, "127.0.0.1");
    socket.write("GET / HTTP/1.0\r\n\r\n");
    const { response, body } = await server.next();
    body.write(part("one,"));
    body.write(part("two"));
    response.end();
    const text = Buffer.concat(await socket.toArray()).toString();
    expect(text.slice(text.indexOf("\r\n\r\n"))).toBe("\r\n\r\none,two");
  });

  it("waits for its turn where another answer on the connection comes first", async () => {
    const server = await setUp();
    const socket = connect(server.port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    const first = await server.next();
    const second = await server.next();
    second.body.write(part("second"));
    first.body.write(part("first"));
    first.response.end();
    second.response.end();
    const text = Buffer.concat(await socket.toArray()).toString();
    expect(text.indexOf("5\r\nfirst\r\n")).toBeGreaterThan(0);
    expect(text.indexOf("6\r\nsecond\r\n")).toBeGreaterThan(text.indexOf("first"));
  });

  it("leaves nothing on a connection that is kept", async () => {
    const server = await setUp();
    const socket = connect(server.port, "127.0.0.1");
    let listeners: number | undefined;
    for (let round = 0; round < 3; round++) {
      socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
      const { response, body } = await server.next();
      const serverSide = response.socket as Socket;
      body.write(part("hello"));
      response.end();
      await once(response, "close");
      listeners ??= serverSide.listenerCount("drain");
      expect(serverSide.listenerCount("drain")).toBe(listeners);
    }
    socket.destroy();
  });
});
