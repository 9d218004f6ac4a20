import { RetryInfoSchema } from "@chat/proto/google/rpc/error_details";
import type { ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { callEnding } from "./call-ending.ts";
import type { WireCall } from "./call.ts";
import { ANSWER_HEADERS, responseType } from "./content-type.ts";
import { envelope } from "./envelope.ts";
import { isGone, type NodeResponse, sendHead } from "./node-http.ts";

/** What a unary call came to: an encoded message, or why not. */
export type UnaryResult = { readonly message: Uint8Array } | { readonly error: ConnectError };

/** Writes the answer of a unary call, body and all, at once. Returns the bytes of its body. */
export function respondUnary(response: NodeResponse, call: WireCall, result: UnaryResult, requestId: string): number {
  if (isGone(response)) return 0;
  const error = "error" in result ? result.error : undefined;
  const headers: Record<string, string | number> = {
    "content-type": responseType(call),
    ...ANSWER_HEADERS,
    "x-request-id": requestId,
  };
  if (!call.enveloped) {
    const body = "error" in result ? errorToJsonBytes(result.error, undefined) : result.message;
    if (error) {
      headers["content-type"] = "application/json";
      const retryAfter = retryAfterSeconds(error);
      if (retryAfter !== undefined) headers["retry-after"] = retryAfter;
    }
    headers["content-length"] = body.length;
    sendHead(response, error ? codeToHttpStatus(error.code) : 200, headers);
    response.end(body);
    return body.length;
  }
  const ending = callEnding(call.protocol, error, requestId);
  const parts: Uint8Array[] = "error" in result ? [] : [envelope(result.message)];
  if (ending.body) parts.push(ending.body);
  const [first] = parts;
  const body = first && parts.length === 1 ? first : Buffer.concat(parts);
  // With trailers a body can't have a length in HTTP/1.1: they belong to chunked bodies alone.
  if (!ending.trailers) headers["content-length"] = body.length;
  sendHead(response, 200, headers);
  if (ending.trailers) response.addTrailers(ending.trailers);
  response.end(body);
  return body.length;
}

/** In whole seconds (RFC 9110, section 10.2.3). */
function retryAfterSeconds(error: ConnectError): number | undefined {
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  return delay && Number(delay.seconds) + Math.ceil(delay.nanos / 1e9);
}
