import { isGone, type NodeResponse, sendHead } from "../wire/node-http.ts";

/** A short answer in plain text. */
export function respondText(
  response: NodeResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  respond(response, status, "text/plain; charset=utf-8", text, headers);
}

/** A short answer in JSON. */
export function respondJson(response: NodeResponse, status: number, value: unknown): void {
  respond(response, status, "application/json", `${JSON.stringify(value)}\n`, {});
}

function respond(
  response: NodeResponse,
  status: number,
  type: string,
  text: string,
  headers: Record<string, string>,
): void {
  if (isGone(response)) return;
  sendHead(response, status, {
    "content-type": type,
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...headers,
  });
  response.end(text);
}
