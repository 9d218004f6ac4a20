import type { NodeRequest } from "../wire/node-http.ts";
import { isLoopback } from "./loopback.ts";

/** What the name by which a request calls this server says about it. */
export type HostVerdict = "known" | "unknown" | "ambiguous";

/**
 * Checks the name by which a request calls this server. A web page of a foreign name whose address was pointed at this machine (DNS rebinding) calls it by that
 * foreign name; browsers don't let a page choose another one. Names of this machine itself are always known: probes use them.
 *
 * @param options.publicHosts names, with or without a port; a name without one is known with any
 * @param options.listenHost where the server listens. Without `publicHosts` a server that listens on loopback is known by loopback names alone, any other by any
 */
export function createHostCheck(options: {
  publicHosts: readonly string[];
  listenHost: string;
}): (request: NodeRequest) => HostVerdict {
  const names = new Set(options.publicHosts.map((name) => name.toLowerCase()));
  const takesAny = names.size === 0 && !isLoopback(options.listenHost);
  return (request) => {
    if (!("stream" in request) && hasTwoHosts(request.rawHeaders)) return "ambiguous";
    if (takesAny) return "known";
    const host = hostOf(request);
    if (host === undefined) return "known"; // HTTP/1.0; no browser leaves it out
    const [, name = host] = /^(.*?)(?::\d+)?$/.exec(host) ?? [];
    return names.has(host) || names.has(name) || isLoopback(name) ? "known" : "unknown";
  };
}

/** The host, with its port where there is one, in lower case. */
export function hostOf(request: NodeRequest): string | undefined {
  const host = "stream" in request ? request.authority || request.headers.host : request.headers.host;
  return host?.toLowerCase();
}

/** Node keeps the first of several; a proxy in front may have looked at the last. */
function hasTwoHosts(rawHeaders: readonly string[]): boolean {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === "host") count++;
  }
  return count > 1;
}
