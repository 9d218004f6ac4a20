/** The floor: bare `node:http` or `node:http2` that writes one prepared frame to every open response. Environment: FLOOR=http1|http2, TEXT_LENGTH. */
import { createServer as createHttp1 } from "node:http";
import { createServer as createHttp2, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { preparedFrame } from "./prepared-frame.ts";

/** Where a stream's bytes go: a response of HTTP/1.1, a stream of HTTP/2. */
interface Sink {
  write(chunk: Uint8Array): boolean;
}

const frame = preparedFrame(Number(process.env.TEXT_LENGTH));
/** What a turn of several messages writes, made once. */
const bursts = new Map<number, Uint8Array>();
const sinks = new Set<Sink>();

function sendToAll(count: number): void {
  let bytes = bursts.get(count);
  if (!bytes) bursts.set(count, (bytes = Buffer.concat(Array.from({ length: count }, () => frame))));
  for (const sink of sinks) sink.write(bytes);
}

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  let text = "";
  for await (const chunk of body) text += chunk.toString();
  return text;
}

function http1() {
  return createHttp1((request, response) => {
    if (request.url === "/stream") {
      response.writeHead(200, { "content-type": "application/octet-stream" });
      response.flushHeaders();
      sinks.add(response);
      response.once("close", () => sinks.delete(response));
      return;
    }
    void textOf(request).then((count) => {
      sendToAll(Number(count));
      response.writeHead(200, { "content-length": "0" });
      response.end();
    });
  });
}

function http2() {
  const server = createHttp2();
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on("error", () => {}); // the load went away
    if (headers[":path"] === "/stream") {
      stream.respond({ ":status": 200, "content-type": "application/octet-stream" });
      // Says that it is open, as ours does.
      stream.write(OPEN);
      sinks.add(stream);
      stream.once("close", () => sinks.delete(stream));
      return;
    }
    void textOf(stream).then((count) => {
      sendToAll(Number(count));
      stream.respond({ ":status": 200 });
      stream.end();
    });
  });
  return server;
}

/** An enveloped heartbeat. */
const OPEN = Buffer.from([0, 0, 0, 0, 4, 0x08, 1, 0x2a, 0]);

const server = process.env.FLOOR === "http2" ? http2() : http1();
server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
  process.stdout.write(`ready ${(server.address() as AddressInfo).port}\n`);
});
