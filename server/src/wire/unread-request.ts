import { constants } from "node:http2";
import { ANSWER_HEADERS } from "./content-type.ts";
import { isGone, type NodeRequest, type NodeResponse, sendHead } from "./node-http.ts";

/** How long what still comes of a request that was answered early is taken, and dropped, before the request is cut off. */
export const UNREAD_REQUEST_MS = 5_000;

/**
 * Sees to the rest of a request that was answered before it was read: a client reads the answer only when it could send what it wanted to send. Over HTTP/1.1
 * the connection goes on after it.
 */
export function endUnread(request: NodeRequest): void {
  if (request.complete) return;
  request.resume();
  const timer = setTimeout(() => cutOff(request), UNREAD_REQUEST_MS).unref();
  request.once("close", () => clearTimeout(timer));
}

function cutOff(request: NodeRequest): void {
  if (request.complete) return;
  if ("stream" in request && request.stream !== undefined) request.stream.close(constants.NGHTTP2_NO_ERROR);
  else request.destroy();
}

/** Answers with a bare HTTP status what is no call in any of the protocols. */
export function respondStatus(
  request: NodeRequest,
  response: NodeResponse,
  status: number,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (isGone(response)) return;
  sendHead(response, status, { ...headers, "content-length": 0, ...ANSWER_HEADERS, "x-request-id": requestId });
  response.end();
  endUnread(request);
}
