import { createEnvelopeSplitter, envelope, kindOfFrame } from "../wire/envelopes.ts";
import { createHttp2Link } from "../wire/http2-link.ts";
import { type Identity, type Link, openSocket, type Target } from "./link.ts";
import { encodeSend, PATHS } from "./requests.ts";

const NOTHING = new Uint8Array(0);

/** gRPC, and the bare HTTP/2 server: a connection for each stream, as terminals have them. */
export const http2: Link = {
  async openReader(target, { identity, onMessage, subscribe = NOTHING }) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = await openSocket(target.port, () => reject(new Error("a stream was closed")));
    const isFloor = target.protocol === "floor-http2";
    const split = createEnvelopeSplitter((buffer, start, end) => {
      const kind = kindOfFrame(buffer, start, end);
      if (kind === "message") onMessage(buffer, start, end);
      else if (kind === "caught-up") resolve();
    });
    const link = createHttp2Link(socket, headersOf(target, isFloor ? "/stream" : PATHS.subscribe, identity));
    socket.write(
      link.request(envelope(subscribe), {
        onData: split,
        onEnd: () => reject(new Error("a stream ended at once")),
      }),
    );
    await promise;
    return { close: () => socket.destroy() };
  },

  async openSender(target, { identity, to, onAnswer, onClose }) {
    const socket = await openSocket(target.port, onClose);
    const link = createHttp2Link(socket, headersOf(target, PATHS.send, identity));

    function one(body: Buffer): Buffer {
      let bytes = 0;
      return link.request(body, {
        onData(_buffer, start, end) {
          bytes += end - start;
        },
        // A refusal has no message, only trailers.
        onEnd: () => onAnswer(bytes > 5),
      });
    }

    return {
      send(texts) {
        socket.write(Buffer.concat(texts.map((text) => one(envelope(encodeSend(to, text))))));
      },
      close: () => socket.destroy(),
    };
  },
};

function headersOf({ port }: Target, path: string, { token }: Identity): [string, string][] {
  return [
    [":method", "POST"],
    [":scheme", "http"],
    [":path", path],
    [":authority", `127.0.0.1:${port}`],
    ["content-type", "application/grpc+proto"],
    ["te", "trailers"],
    ["authorization", `Bearer ${token}`],
    ["user-agent", "bench"],
  ];
}
