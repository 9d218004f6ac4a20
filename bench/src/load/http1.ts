import { createEnvelopeSplitter, envelope, kindOfFrame } from "../wire/envelopes.ts";
import { createHttp1Parser } from "../wire/http1-parser.ts";
import { type Identity, type Link, openSocket, type Protocol } from "./link.ts";
import { encodeSend, PATHS } from "./requests.ts";

const STREAM_TYPES: Partial<Record<Protocol, string>> = {
  connect: "application/connect+proto",
  "grpc-web": "application/grpc-web+proto",
};
const UNARY_TYPES: Partial<Record<Protocol, string>> = {
  connect: "application/proto",
  "grpc-web": "application/grpc-web+proto",
  "floor-http1": "application/grpc-web+proto",
};
const NOTHING = new Uint8Array(0);
const TRAILERS_FLAG = 0x80;

/** Connect and gRPC-web, and the bare HTTP/1.1 server: a connection for each stream, as browsers and proxies have them. */
export const http1: Link = {
  async openReader(target, { identity, onMessage, subscribe = NOTHING }) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = await openSocket(target.port, () => reject(new Error("a stream was closed")));
    const split = createEnvelopeSplitter((buffer, start, end) => {
      const kind = kindOfFrame(buffer, start, end);
      if (kind === "message") onMessage(buffer, start, end);
      else if (kind === "caught-up") resolve();
    });
    const isFloor = target.protocol === "floor-http1";
    socket.on(
      "data",
      createHttp1Parser({
        onHead(status) {
          if (status !== 200) reject(new Error(`a stream was refused with ${status}`));
          else if (isFloor) resolve();
        },
        onBody: split,
        onEnd: () => reject(new Error("a stream ended at once")),
      }),
    );
    socket.write(
      isFloor
        ? request("/stream", {}, Buffer.alloc(0))
        : request(PATHS.subscribe, headersOf(STREAM_TYPES[target.protocol], identity), envelope(subscribe)),
    );
    await promise;
    return { close: () => socket.destroy() };
  },

  async openSender(target, { identity, to, onAnswer, onClose }) {
    const socket = await openSocket(target.port, onClose);
    let accepted = false;
    let messages = 0;
    const split = createEnvelopeSplitter((_buffer, start, end, flags) => {
      if (!(flags & TRAILERS_FLAG) && end > start) messages++;
    });
    const isEnveloped = target.protocol !== "connect";
    socket.on(
      "data",
      createHttp1Parser({
        onHead(status) {
          accepted = status === 200;
          messages = 0;
        },
        onBody(buffer, start, end) {
          if (isEnveloped) split(buffer, start, end);
        },
        onEnd: () => onAnswer(accepted && (!isEnveloped || messages === 1)),
      }),
    );
    const headers = headersOf(UNARY_TYPES[target.protocol], identity);
    return {
      send(texts) {
        const requests = texts.map((text) => {
          const message = encodeSend(to, text);
          return request(PATHS.send, headers, isEnveloped ? envelope(message) : Buffer.from(message));
        });
        socket.write(requests.length === 1 && requests[0] ? requests[0] : Buffer.concat(requests));
      },
      close: () => socket.destroy(),
    };
  },
};

function headersOf(type: string | undefined, { token }: Identity): Record<string, string> {
  return {
    "content-type": type ?? "",
    authorization: `Bearer ${token}`,
    "connect-protocol-version": "1",
    "x-grpc-web": "1",
    "user-agent": "bench",
  };
}

function request(path: string, headers: Record<string, string>, body: Buffer): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines.join("")}content-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), body]);
}
