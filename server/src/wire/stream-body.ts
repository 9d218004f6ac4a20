import type { ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { NodeResponse } from "./node-http.ts";
import type { Payload } from "./payload.ts";

/** The body of a response whose head has been written, a payload at a time. */
export interface StreamBody {
  /** Hands a payload to the kernel, or queues it. Returns whether more may follow before `onDrain`'s listener is called. */
  write(payload: Payload): boolean;
  /** Bytes that were handed over and not yet taken by the kernel and, over HTTP/2, the peer's window. */
  readonly queuedBytes: number;
}

/**
 * The body of a response, by the shortest way there is for it. Node's own `response.write` hands an HTTP/1.1 chunk to the kernel in three pieces, at twice the
 * cost of one: here the chunk is made once for all streams that get it, and written to the socket itself.
 *
 * @param onDrain called when what was queued has gone
 */
export function createStreamBody(response: NodeResponse, onDrain: () => void): StreamBody {
  if ("stream" in response && response.stream !== undefined) return http2Body(response.stream, onDrain);
  const http1 = response as ServerResponse;
  const { socket } = http1;
  // A response has no socket while another one before it on the same connection isn't over, and no chunks for an HTTP/1.0 client.
  if (socket === null || !http1.chunkedEncoding) return plainBody(http1, onDrain);
  return chunkedBody(http1, socket, onDrain);
}

function chunkedBody(response: ServerResponse, socket: Socket, onDrain: () => void): StreamBody {
  socket.on("drain", onDrain);
  response.once("close", () => socket.removeListener("drain", onDrain));
  // Node would send the head together with what is first written to the response, behind what goes to the socket itself.
  response.flushHeaders();
  return {
    write: ({ chunk }) => socket.write(chunk),
    get queuedBytes() {
      return socket.writableLength;
    },
  };
}

function plainBody(response: ServerResponse, onDrain: () => void): StreamBody {
  response.on("drain", onDrain);
  return {
    write: ({ bytes }) => response.write(bytes),
    get queuedBytes() {
      return response.writableLength;
    },
  };
}

function http2Body(stream: ServerHttp2Stream, onDrain: () => void): StreamBody {
  stream.on("drain", onDrain);
  return {
    // One that was reset takes nothing more; 'close' follows and tells.
    write: ({ bytes }) => stream.closed || stream.write(bytes),
    get queuedBytes() {
      return stream.destroyed ? 0 : stream.writableLength;
    },
  };
}
