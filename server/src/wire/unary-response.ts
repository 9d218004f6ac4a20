import type { ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { callEnding } from "./call-ending.ts";
import type { WireCall } from "./call.ts";
import { responseType } from "./content-type.ts";
import { envelope } from "./envelope.ts";
import { isGone, type NodeResponse, sendHead } from "./node-http.ts";

/** What a unary call came to: an encoded message, or why not. */
export type UnaryResult = { readonly message: Uint8Array } | { readonly error: ConnectError };

/** Writes the answer of a unary call, body and all, at once. */
export function respondUnary(response: NodeResponse, call: WireCall, result: UnaryResult, requestId: string): void {
  if (isGone(response)) return;
  const headers: Record<string, string | number> = { "content-type": responseType(call), "x-request-id": requestId };
  if (!call.enveloped) {
    const body = "error" in result ? errorToJsonBytes(result.error, undefined) : result.message;
    if ("error" in result) headers["content-type"] = "application/json";
    headers["content-length"] = body.length;
    sendHead(response, "error" in result ? codeToHttpStatus(result.error.code) : 200, headers);
    response.end(body);
    return;
  }
  const ending = callEnding(call.protocol, "error" in result ? result.error : undefined);
  const parts: Uint8Array[] = "error" in result ? [] : [envelope(result.message)];
  if (ending.body) parts.push(ending.body);
  const [first] = parts;
  const body = first && parts.length === 1 ? first : Buffer.concat(parts);
  // With trailers a body can't have a length in HTTP/1.1: they belong to chunked bodies alone.
  if (!ending.trailers) headers["content-length"] = body.length;
  sendHead(response, 200, headers);
  if (ending.trailers) response.addTrailers(ending.trailers);
  response.end(body);
}
