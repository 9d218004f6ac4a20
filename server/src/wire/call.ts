import type { IncomingHttpHeaders } from "node:http";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  contentTypeRegExp as connectContentType,
  parseTimeout as parseConnectTimeout,
} from "@connectrpc/connect/protocol-connect";
import {
  contentTypeRegExp as grpcContentType,
  parseTimeout as parseGrpcTimeout,
} from "@connectrpc/connect/protocol-grpc";
import { contentTypeRegExp as grpcWebContentType } from "@connectrpc/connect/protocol-grpc-web";
import { COMPRESSION_NAMES } from "./compressions.ts";
import { cutText } from "./cut-text.ts";
import { TIMER_MAX_MS } from "./deadline.ts";

/** How one request speaks. */
export interface WireCall {
  readonly protocol: "grpc" | "grpc-web" | "connect";
  readonly codec: "binary" | "json";
  /** Whether messages stand in envelopes: always, but for Connect's unary calls. */
  readonly enveloped: boolean;
  /** Name of the compression of what the client sends. */
  readonly compression: string | undefined;
  /** At most what a timer can wait. */
  readonly timeoutMs: number | undefined;
  /** What is wrong with the headers; the call is refused with it, in its own protocol. */
  readonly fault: ConnectError | undefined;
}

/** What of a header's value is repeated to the caller, in UTF-16 units. */
const ECHO_MAX_LENGTH = 32;

/**
 * Reads from the headers how a request speaks. Undefined where the content type is none of the three protocols', or one that `kind` does not
 * take: such a request is answered with an HTTP status. gRPC-web's text form is not spoken here.
 */
export function parseCall(headers: IncomingHttpHeaders, kind: "unary" | "stream" | "any"): WireCall | undefined {
  const type = headers["content-type"];
  if (type === undefined) return undefined;
  const connect = connectContentType.exec(type);
  if (connect) {
    const isStream = connect[1] !== undefined;
    if (kind !== "any" && isStream !== (kind === "stream")) return undefined;
    return withHeaders(
      { protocol: "connect", codec: connect[3] === undefined ? "json" : "binary", enveloped: isStream },
      one(headers[isStream ? "connect-content-encoding" : "content-encoding"]),
      parseConnectTimeout(one(headers["connect-timeout-ms"]), Infinity),
      one(headers["connect-timeout-ms"]),
    );
  }
  const grpc = grpcContentType.exec(type);
  const grpcWeb = grpc ? null : grpcWebContentType.exec(type);
  const isText = grpcWeb?.[1] !== undefined;
  if ((!grpc && !grpcWeb) || isText) return undefined;
  const isJson = (grpc ? grpc[1] : grpcWeb?.[2]) !== undefined;
  return withHeaders(
    { protocol: grpc ? "grpc" : "grpc-web", codec: isJson ? "json" : "binary", enveloped: true },
    one(headers["grpc-encoding"]),
    parseGrpcTimeout(one(headers["grpc-timeout"]), Infinity),
    one(headers["grpc-timeout"]),
  );
}

/** Of a repeated header the first. */
export function one(value: string | string[] | undefined): string | null {
  return (typeof value === "string" ? value : value?.[0]) ?? null;
}

function withHeaders(
  spoken: Pick<WireCall, "protocol" | "codec" | "enveloped">,
  encoding: string | null,
  timeout: { timeoutMs?: number; error?: ConnectError | undefined },
  timeoutText: string | null,
): WireCall {
  const compression = encoding === null || encoding === "" || encoding === "identity" ? undefined : encoding;
  return {
    ...spoken,
    compression,
    timeoutMs: timeout.timeoutMs === undefined ? undefined : Math.min(timeout.timeoutMs, TIMER_MAX_MS),
    fault:
      unknownCompression(compression) ??
      (timeout.error && invalidTimeout(spoken.protocol === "connect" ? "connect" : "grpc", timeoutText ?? "")),
  };
}

function unknownCompression(name: string | undefined): ConnectError | undefined {
  if (name === undefined || COMPRESSION_NAMES.includes(name)) return undefined;
  return new ConnectError(
    `unknown compression "${cutText(name, ECHO_MAX_LENGTH)}": supported encodings are ${COMPRESSION_NAMES.join(",")}`,
    Code.Unimplemented,
  );
}

function invalidTimeout(protocol: "connect" | "grpc", value: string): ConnectError {
  return new ConnectError(
    `protocol error: invalid ${protocol} timeout value: ${cutText(value, ECHO_MAX_LENGTH)}`,
    Code.InvalidArgument,
  );
}
