import type { IncomingHttpHeaders } from "node:http";
import type { ConnectError } from "@connectrpc/connect";
import {
  contentTypeRegExp as connectContentType,
  parseTimeout as parseConnectTimeout,
} from "@connectrpc/connect/protocol-connect";
import {
  contentTypeRegExp as grpcContentType,
  parseTimeout as parseGrpcTimeout,
} from "@connectrpc/connect/protocol-grpc";
import { contentTypeRegExp as grpcWebContentType } from "@connectrpc/connect/protocol-grpc-web";

/** How one request speaks. */
export interface WireCall {
  readonly protocol: "grpc" | "grpc-web" | "connect";
  readonly codec: "binary" | "json";
  /** Whether messages stand in envelopes: always, but for Connect's unary calls. */
  readonly enveloped: boolean;
  /** Name of the compression of what the client sends. */
  readonly compression: string | undefined;
  readonly timeoutMs: number | undefined;
}

/**
 * Reads from the headers how a request speaks. Undefined for a request that is not in order (another content type, an unknown version, a
 * malformed timeout): such requests are left to Connect, which knows every way to refuse them.
 */
export function parseCall(headers: IncomingHttpHeaders, kind: "unary" | "stream"): WireCall | undefined {
  const type = headers["content-type"];
  if (type === undefined) return undefined;
  const version = headers["connect-protocol-version"];
  const connect = connectContentType.exec(type);
  if (connect) {
    const isStream = connect[1] !== undefined;
    if (isStream !== (kind === "stream") || (version !== undefined && version !== "1")) return undefined;
    const timeout = timeoutOf(parseConnectTimeout(one(headers["connect-timeout-ms"]), Infinity));
    return (
      timeout && {
        protocol: "connect",
        codec: connect[3] === undefined ? "json" : "binary",
        enveloped: isStream,
        compression: encoding(headers[isStream ? "connect-content-encoding" : "content-encoding"]),
        ...timeout,
      }
    );
  }
  const grpc = grpcContentType.exec(type);
  const grpcWeb = grpc ? null : grpcWebContentType.exec(type);
  const isText = grpcWeb?.[1] !== undefined;
  if ((!grpc && !grpcWeb) || isText) return undefined;
  const timeout = timeoutOf(parseGrpcTimeout(one(headers["grpc-timeout"]), Infinity));
  const isJson = (grpc ? grpc[1] : grpcWeb?.[2]) !== undefined;
  return (
    timeout && {
      protocol: grpc ? "grpc" : "grpc-web",
      codec: isJson ? "json" : "binary",
      enveloped: true,
      compression: encoding(headers["grpc-encoding"]),
      ...timeout,
    }
  );
}

/** Of a repeated header the first. */
export function one(value: string | string[] | undefined): string | null {
  return (typeof value === "string" ? value : value?.[0]) ?? null;
}

function encoding(value: string | string[] | undefined): string | undefined {
  const name = one(value);
  return name === null || name === "" || name === "identity" ? undefined : name;
}

function timeoutOf(parsed: {
  timeoutMs?: number;
  error?: ConnectError | undefined;
}): { timeoutMs: number | undefined } | undefined {
  return parsed.error ? undefined : { timeoutMs: parsed.timeoutMs };
}
