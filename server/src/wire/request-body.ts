import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import { compressedFlag } from "@connectrpc/connect/protocol";
import type { WireCall } from "./call.ts";
import { COMPRESSIONS } from "./compressions.ts";

const ENVELOPE_BYTES = 5;

/**
 * The one message of a request, whole and decompressed.
 * @throws ConnectError as Connect does: `resource_exhausted` past `maxBytes`, `invalid_argument` for half an envelope, `unimplemented` for none or
 *   several, `canceled` when the client goes away.
 */
export async function readMessage(
  request: IncomingMessage | Http2ServerRequest,
  call: WireCall,
  options: { maxBytes: number; kind: "unary" | "stream" },
): Promise<Uint8Array> {
  const { maxBytes } = options;
  const body = await readBody(request, call.enveloped ? maxBytes + ENVELOPE_BYTES : maxBytes, maxBytes);
  if (!call.enveloped) return call.compression === undefined ? body : decompress(body, call, maxBytes);
  const method = options.kind === "unary" ? "unary" : "server-streaming";
  if (body.length === 0) {
    throw new ConnectError(`protocol error: missing input message for ${method} method`, Code.Unimplemented);
  }
  if (body.length < ENVELOPE_BYTES) throw incomplete();
  const length = body.readUInt32BE(1);
  if (length > maxBytes) throw tooLarge(length, maxBytes);
  const end = ENVELOPE_BYTES + length;
  if (body.length < end) throw incomplete();
  if (body.length > end) {
    throw new ConnectError(`protocol error: received extra input message for ${method} method`, Code.Unimplemented);
  }
  const message = body.subarray(ENVELOPE_BYTES, end);
  const isCompressed = ((body[0] ?? 0) & compressedFlag) !== 0;
  return isCompressed ? decompress(message, call, maxBytes) : message;
}

async function decompress(bytes: Uint8Array, call: WireCall, maxBytes: number): Promise<Uint8Array> {
  const compression = COMPRESSIONS.get(call.compression ?? "");
  if (!compression)
    throw new ConnectError("protocol error: compressed message without an encoding", Code.InvalidArgument);
  try {
    return await compression.decompress(bytes, maxBytes);
  } catch (cause) {
    if (cause instanceof ConnectError && cause.code === Code.ResourceExhausted) throw cause;
    throw new ConnectError(
      "protocol error: the message can't be decompressed",
      Code.InvalidArgument,
      undefined,
      undefined,
      cause,
    );
  }
}

function readBody(request: IncomingMessage | Http2ServerRequest, limit: number, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let first: Buffer | undefined;
    let rest: Buffer[] | undefined;
    let size = 0;
    let over = false;
    const fail = (error: ConnectError): void => {
      over = true;
      request.removeListener("data", onData);
      reject(error);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limit) {
        fail(tooLarge(size, maxBytes));
        request.resume(); // what still comes is dropped, so that the answer can be read
        return;
      }
      if (!first) first = chunk;
      else (rest ??= [first]).push(chunk);
    };
    request.on("data", onData);
    request.once("end", () => {
      over = true;
      resolve(rest ? Buffer.concat(rest, size) : (first ?? Buffer.alloc(0)));
    });
    // Every request closes: only one that did so early is worth an error and its stack trace.
    const cutOff = (cause?: Error): void => {
      if (!over) fail(new ConnectError("the request was cut off", Code.Canceled, undefined, undefined, cause));
    };
    request.once("error", cutOff);
    request.once("close", () => cutOff());
  });
}

function incomplete(): ConnectError {
  return new ConnectError("protocol error: incomplete envelope", Code.InvalidArgument);
}

function tooLarge(size: number, maxBytes: number): ConnectError {
  return new ConnectError(
    `message size ${size} is larger than configured readMaxBytes ${maxBytes}`,
    Code.ResourceExhausted,
  );
}
