import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { constants, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";

/** A request of either HTTP version, as Node hands it to a server. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;
/** And its response. */
export type NodeResponse = ServerResponse | Http2ServerResponse;

/** What a request asks for, without its query. */
export function pathOf({ url = "" }: Pick<NodeRequest, "url">): string {
  const query = url.indexOf("?");
  return query < 0 ? url : url.slice(0, query);
}

/** Whether nobody can be answered any more. */
export function isGone(response: NodeResponse): boolean {
  if ("stream" in response && response.stream !== undefined) return response.stream.destroyed || response.stream.closed;
  return response.destroyed || response.writableEnded;
}

/** Drops the connection of an HTTP/1.1 response, or the stream of an HTTP/2 one, with what still waits in it. */
export function abandon(response: NodeResponse): void {
  if ("stream" in response && response.stream !== undefined) response.stream.close(constants.NGHTTP2_CANCEL);
  else (response as ServerResponse).destroy();
}

/** The two kinds agree on these calls; their types do not. */
export function sendHead(response: NodeResponse, status: number, headers: OutgoingHttpHeaders): void {
  (response as ServerResponse).writeHead(status, headers);
}
