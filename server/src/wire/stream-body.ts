import type { ServerResponse } from "node:http";
import type { Writable } from "node:stream";
import type { NodeResponse } from "./node-http.ts";
import type { Payload } from "./payload.ts";

/** Where the payloads of a response go whose head has been written, and in which of their forms. Plain fields, for a server looks here once for every stream and turn. */
export interface StreamBody {
  /** Its `write` returns whether more may follow before `onDrain`'s listener is called; its `writableLength` is what the kernel (and, over HTTP/2, the peer's window) has not taken yet. */
  readonly sink: Pick<Writable, "write" | "writableLength">;
  readonly form: keyof Payload;
}

/**
 * The body of a response, by the shortest way there is for it. Node's own `response.write` hands an HTTP/1.1 chunk to the kernel in three pieces, at twice the
 * cost of one: here the chunk is made once for all streams that get it, and written to the socket itself.
 *
 * @param onDrain called when what was queued has gone
 */
export function createStreamBody(response: NodeResponse, onDrain: () => void): StreamBody {
  if ("stream" in response && response.stream !== undefined) {
    response.stream.on("drain", onDrain);
    return { sink: response.stream, form: "bytes" };
  }
  const http1 = response as ServerResponse;
  const { socket } = http1;
  // A response has no socket while another one before it on the same connection isn't over, and no chunks for an HTTP/1.0 client.
  if (socket === null || !http1.chunkedEncoding) {
    http1.on("drain", onDrain);
    return { sink: http1, form: "bytes" };
  }
  socket.on("drain", onDrain);
  http1.once("close", () => socket.removeListener("drain", onDrain));
  // Node would send the head together with what is first written to the response, behind what goes to the socket itself.
  http1.flushHeaders();
  return { sink: socket, form: "chunk" };
}
