import { once } from "node:events";
import { createServer } from "node:http2";
import { type AddressInfo, connect } from "node:net";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { SubscribeResponseSchema } from "@chat/proto/chat/v1/chat_service";
import { expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { createEnvelopeSplitter, envelope, kindOfFrame } from "./envelopes.ts";
import { createHttp1Parser } from "./http1-parser.ts";
import { createHttp2Link } from "./http2-link.ts";
import { createFrameSplitter, textFrame } from "./websocket.ts";

/** Every way to cut the bytes in two. */
function* cuts(bytes: Buffer): Generator<[Buffer, Buffer]> {
  for (let at = 0; at <= bytes.length; at++) yield [bytes.subarray(0, at), bytes.subarray(at)];
}

it("splits envelopes wherever the bytes are cut", () => {
  const bytes = Buffer.concat([
    envelope(Buffer.from("one")),
    envelope(Buffer.alloc(0)),
    envelope(Buffer.from("three")),
  ]);
  for (const parts of cuts(bytes)) {
    const seen: string[] = [];
    const split = createEnvelopeSplitter((buffer, start, end) => seen.push(buffer.toString("utf8", start, end)));
    for (const part of parts) split(part, 0, part.length);
    expect(seen).toEqual(["one", "", "three"]);
  }
});

it("tells messages, heartbeats and the rest apart, whatever comes before them", () => {
  const kind = (frame: MessageInitShape<typeof SubscribeResponseSchema>): string => {
    const bytes = toBinary(SubscribeResponseSchema, create(SubscribeResponseSchema, frame));
    return kindOfFrame(Buffer.concat([Buffer.from("x"), bytes]), 1, 1 + bytes.length);
  };
  const users = [{ handle: "ada", displayName: "a".repeat(300) }, { handle: "bob" }];
  const message = { case: "message", value: { text: "hi" } } as const;
  expect(kind({ payload: message })).toBe("message");
  expect(kind({ cursor: "c".repeat(32), cause: 1, actor: 2n ** 50n, users, payload: message })).toBe("message");
  expect(kind({ cursor: "c", payload: { case: "heartbeat", value: {} } })).toBe("caught-up");
  expect(kind({ cursor: "c", payload: { case: "conversation", value: {} } })).toBe("other");
  expect(kind({ cursor: "c", payload: { case: "ready", value: { heartbeatMs: 1 } } })).toBe("other");
  expect(kind({})).toBe("other");
});

it("reads pipelined answers with a length and in chunks, wherever the bytes are cut", () => {
  const bytes = Buffer.from(
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc" +
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1\r\nf\r\n0\r\nx: y\r\n\r\n" +
      "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
  );
  for (const parts of cuts(bytes)) {
    const seen: string[] = [];
    let body = "";
    const parse = createHttp1Parser({
      onHead: (status) => seen.push(String(status)),
      onBody: (buffer, start, end) => (body += buffer.toString("latin1", start, end)),
      onEnd() {
        seen.push(body);
        body = "";
      },
    });
    for (const part of parts) if (part.length > 0) parse(part);
    expect(seen).toEqual(["200", "abc", "200", "def", "404", ""]);
  }
});

it("speaks HTTP/2 with Node's server: headers by name, then by index, over more than one request", async () => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      seen.push(`${request.url ?? ""} ${request.headers["x-long"]?.length ?? 0} ${body}`);
      response.end(`got ${body}`);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const link = createHttp2Link(socket, [
    [":method", "POST"],
    [":scheme", "http"],
    [":path", "/here"],
    [":authority", "127.0.0.1"],
    ["x-long", "x".repeat(400)],
  ]);
  const ask = (body: string): Promise<string> =>
    new Promise((resolve) => {
      let answer = "";
      socket.write(
        link.request(Buffer.from(body), {
          onData: (buffer, start, end) => (answer += buffer.toString("utf8", start, end)),
          onEnd: () => resolve(answer),
        }),
      );
    });
  expect(await Promise.all([ask("one"), ask("two")])).toEqual(["got one", "got two"]);
  expect(await ask("three")).toBe("got three");
  expect(seen).toEqual(["/here 400 one", "/here 400 two", "/here 400 three"]);
  socket.destroy();
  server.close();
});

it("writes frames that a websocket server reads, short and long, and reads its own", async () => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  server.on("connection", (peer) => peer.on("message", (data: Buffer) => peer.send(data.toString())));
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write(
    "GET / HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
  );
  await once(socket, "data");
  const sent = ["short", "x".repeat(300), "y".repeat(60_000)];
  const { promise, resolve } = Promise.withResolvers<void>();
  const seen: string[] = [];
  socket.on(
    "data",
    createFrameSplitter((buffer, start, end) => {
      seen.push(buffer.toString("utf8", start, end));
      if (seen.length === sent.length) resolve();
    }),
  );
  socket.write(Buffer.concat(sent.map(textFrame)));
  await promise;
  expect(seen).toEqual(sent);
  socket.destroy();
  server.close();
});
