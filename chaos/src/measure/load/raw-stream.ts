import { create, toBinary } from "@bufbuild/protobuf";
import { SubscribeRequestSchema } from "@chat/proto/chat/v1/chat_service";
import { request } from "node:http";
import { connect as connectHttp2, constants } from "node:http2";
import { connect, type Socket } from "node:net";
import { envelopes, type RawFrame, readFrame } from "./frames.ts";

/** How a raw client speaks: gRPC-web over HTTP/1.1 or gRPC over HTTP/2, each stream on a connection of its own. */
export type Protocol = "grpc-web" | "grpc";

/** One Subscribe stream without SDK. */
export interface RawStream {
  /** Bytes that came over the connection, headers and all. */
  readonly bytesRead: number;
  /** Reads nothing any more: over HTTP/1.1 from the socket, over HTTP/2 from the stream, so that its window closes. */
  stall(): void;
  /** Reads on. */
  resume(): void;
  /** Cuts the connection with a reset. */
  cut(): void;
}

const PATH = "/chat.v1.ChatService/Subscribe";

/** Opens one. `onEnd` is called once, with the status the server gave or what broke. */
export function openRawStream(options: {
  url: string;
  token: string;
  protocol: Protocol;
  /** Where to go on; empty: from now. */
  cursor: string;
  onFrame: (frame: RawFrame) => void;
  onEnd: (reason: string) => void;
}): RawStream {
  const message = toBinary(SubscribeRequestSchema, create(SubscribeRequestSchema, { cursor: options.cursor }));
  const body = Buffer.concat([Buffer.alloc(5), message]);
  body.writeUInt32BE(message.length, 1);
  const { hostname, port } = new URL(options.url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  let ended = false;
  const link: Link = {
    ...options,
    socket,
    body,
    onEnd(reason) {
      if (ended) return;
      ended = true;
      options.onEnd(reason);
    },
  };
  socket.once("close", () => link.onEnd("closed"));
  socket.once("error", (error: NodeJS.ErrnoException) => link.onEnd(error.code ?? error.message));
  const flow = options.protocol === "grpc-web" ? overHttp1(link) : overHttp2(link);
  return {
    get bytesRead() {
      return socket.bytesRead;
    },
    ...flow,
    cut() {
      ended = true;
      socket.resetAndDestroy();
      flow.drop();
    },
  };
}

interface Link {
  readonly url: string;
  readonly token: string;
  readonly socket: Socket;
  readonly body: Buffer;
  onFrame(frame: RawFrame): void;
  onEnd(reason: string): void;
}

type Flow = Pick<RawStream, "stall" | "resume"> & { drop(): void };

function overHttp1({ url, token, socket, body, onFrame, onEnd }: Link): Flow {
  const asked = request(url + PATH, {
    method: "POST",
    createConnection: () => socket,
    headers: { "content-type": "application/grpc-web+proto", authorization: `Bearer ${token}` },
  });
  asked.on("error", (error: NodeJS.ErrnoException) => onEnd(error.code ?? error.message));
  asked.on("response", (response) => {
    if (response.statusCode !== 200) onEnd(`HTTP ${response.statusCode}`);
    let status = "closed";
    response.on("error", () => onEnd(status));
    response.on("end", () => onEnd(status));
    response.on(
      "data",
      envelopes(
        (message) => onFrame(readFrame(message)),
        (trailer) => (status = statusOf(/grpc-status: *(\d+)/i.exec(trailer)?.[1])),
      ),
    );
  });
  asked.end(body);
  return { stall: () => socket.pause(), resume: () => socket.resume(), drop: () => asked.destroy() };
}

function overHttp2({ url, token, socket, body, onFrame, onEnd }: Link): Flow {
  const session = connectHttp2(url, { createConnection: () => socket });
  session.on("error", (error: NodeJS.ErrnoException) => onEnd(error.code ?? error.message));
  session.on("goaway", () => session.close());
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: "POST",
    [constants.HTTP2_HEADER_PATH]: PATH,
    "content-type": "application/grpc+proto",
    te: "trailers",
    authorization: `Bearer ${token}`,
  });
  let status = "closed";
  stream.on("response", (headers) => {
    if (headers[":status"] !== 200) onEnd(`HTTP ${headers[":status"]}`);
    if (headers["grpc-status"] !== undefined) status = statusOf(String(headers["grpc-status"]));
  });
  stream.on("trailers", (trailers) => (status = statusOf(String(trailers["grpc-status"]))));
  stream.on("error", (error: NodeJS.ErrnoException) => onEnd(error.code ?? error.message));
  stream.on("close", () => {
    onEnd(status);
    session.destroy();
  });
  stream.on(
    "data",
    envelopes(
      (message) => onFrame(readFrame(message)),
      () => {},
    ),
  );
  stream.end(body);
  return { stall: () => void stream.pause(), resume: () => void stream.resume(), drop: () => session.destroy() };
}

/** The gRPC codes a stream ends with, by number. */
const STATUS: Readonly<Record<string, string>> = {
  0: "ok",
  8: "resource_exhausted",
  14: "unavailable",
  16: "unauthenticated",
};

function statusOf(code: string | undefined): string {
  return STATUS[code ?? ""] ?? `status ${code}`;
}
