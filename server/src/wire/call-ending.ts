import type { ConnectError } from "@connectrpc/connect";
import { endStreamFlag, endStreamToJson } from "@connectrpc/connect/protocol-connect";
import { grpcStatusOk, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { trailerFlag, trailerSerialize } from "@connectrpc/connect/protocol-grpc-web";
import type { WireCall } from "./call.ts";
import { envelope } from "./envelope.ts";
import { encodeGrpcMessage } from "./grpc-message.ts";

/** How a call says that it is over: in the trailers (gRPC) or as the last envelope of the body. */
export interface CallEnding {
  readonly trailers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

const OK: Record<WireCall["protocol"], CallEnding> = {
  grpc: { trailers: { "grpc-status": grpcStatusOk } },
  "grpc-web": { body: envelope(Buffer.from(`grpc-status: ${grpcStatusOk}\r\n`), trailerFlag) },
  connect: { body: envelope(Buffer.from("{}"), endStreamFlag) },
};

/**
 * The ending of an enveloped call: success, or the error with its details. gRPC clients that show no headers of a call that failed, as grpc-js, find the request id
 * in its trailers as well.
 */
export function callEnding(
  protocol: WireCall["protocol"],
  error: ConnectError | undefined,
  requestId: string,
): CallEnding {
  if (!error) return OK[protocol];
  switch (protocol) {
    case "grpc":
      return { trailers: { ...Object.fromEntries(statusOf(error)), "x-request-id": requestId } };
    case "grpc-web":
      return { body: envelope(trailerSerialize(statusOf(error)), trailerFlag) };
    case "connect":
      return {
        body: envelope(Buffer.from(JSON.stringify(endStreamToJson(new Headers(), error, undefined))), endStreamFlag),
      };
  }
}

function statusOf(error: ConnectError): Headers {
  const trailers = new Headers();
  setTrailerStatus(trailers, error);
  trailers.set("grpc-message", encodeGrpcMessage(error.rawMessage));
  return trailers;
}
