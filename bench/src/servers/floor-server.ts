/**
 * The floor: bare `node:http` or `node:http2`, which takes the very requests that ours takes, understands nothing of them, and writes one prepared frame for each to every
 * open response, what came in one turn of the event loop in one write. Environment: FLOOR=http1|http2.
 */
import { createServer as createHttp1 } from "node:http";
import { createServer as createHttp2, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { create, toBinary } from "@bufbuild/protobuf";
import { SubscribeResponseSchema } from "@chat/proto/chat/v1/chat_service";
import { TEXT_LENGTH } from "../load/text.ts";
import { envelope } from "../wire/envelopes.ts";
import { preparedFrame } from "./prepared-frame.ts";

/** Where a stream's bytes go: a response of HTTP/1.1, a stream of HTTP/2. */
interface Sink {
  write(chunk: Uint8Array): boolean;
}

const frame = preparedFrame(TEXT_LENGTH);
/** What a turn of several messages writes, made once. */
const bursts = new Map<number, Uint8Array>();
const sinks = new Set<Sink>();

const turn = { waiting: 0 };

/** One message more for everybody, at the end of this turn. */
function send(): void {
  if (turn.waiting++ === 0) setImmediate(flush);
}

function flush(): void {
  let bytes = bursts.get(turn.waiting);
  if (!bytes) bursts.set(turn.waiting, (bytes = Buffer.concat(Array.from({ length: turn.waiting }, () => frame))));
  turn.waiting = 0;
  for (const sink of sinks) sink.write(bytes);
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
    request.resume().once("end", () => {
      send();
      response.writeHead(200, { "content-length": ANSWER.length });
      response.end(ANSWER);
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
    stream.resume().once("end", () => {
      send();
      stream.respond({ ":status": 200 });
      stream.end(ANSWER);
    });
  });
  return server;
}

/** As long as the answer to a message. */
const ANSWER = preparedFrame(TEXT_LENGTH);
/** An enveloped heartbeat. */
const OPEN = envelope(
  toBinary(SubscribeResponseSchema, create(SubscribeResponseSchema, { payload: { case: "heartbeat", value: {} } })),
);

const server = process.env.FLOOR === "http2" ? http2() : http1();
server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
  process.stdout.write(`ready ${(server.address() as AddressInfo).port}\n`);
});
