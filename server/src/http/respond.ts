import { isGone, type NodeResponse, sendHead } from "../wire/node-http.ts";

/** What every answer says that is no file of the web app: it is kept nowhere, is what its type says, and no other site may load it. */
export const NOT_FOR_OTHERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
} as const;

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
    ...NOT_FOR_OTHERS,
    ...headers,
  });
  response.end(text);
}
