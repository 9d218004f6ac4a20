import { randomUUID } from "node:crypto";
import type { NodeRequest } from "../wire/node-http.ts";

/** The id under which a call is found in the log: the caller's own x-request-id where it is a plausible one, else a new one. */
export function createRequestIds(): (request: NodeRequest) => string {
  const prefix = randomUUID().slice(0, 8);
  let count = 0;
  return (request) => {
    const given = request.headers["x-request-id"];
    return typeof given === "string" && /^[\w.:-]{1,64}$/.test(given) ? given : `${prefix}-${(++count).toString(36)}`;
  };
}
