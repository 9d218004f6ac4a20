import type { NodeRequest, NodeResponse } from "../wire/node-http.ts";
import type { ClientAddresses } from "./client-address.ts";
import { hostOf } from "./hosts.ts";
import { isLoopback } from "./loopback.ts";
import { refuse } from "./refusal.ts";
import { respondText } from "./respond.ts";

/**
 * Where there is a port with TLS, nobody's password travels in the clear: the plain port serves this machine (a proxy, a probe, a terminal) and sends all others to
 * TLS. A page follows; a call is refused, for what it had to hide has been sent already.
 *
 * @returns whether the request may be served; otherwise it was answered
 */
export function createPlainPort(options: {
  /** Undefined while it is not known. */
  tlsPort: () => number | undefined;
  addresses: ClientAddresses;
}): (request: NodeRequest, response: NodeResponse) => boolean {
  return (request, response) => {
    if (isLoopback(options.addresses.ofConnection(request.socket ?? {}))) return true;
    const host = hostOf(request)?.replace(/:\d+$/, "");
    const port = options.tlsPort();
    const isPage = request.method === "GET" || request.method === "HEAD";
    if (isPage && host !== undefined && /^[\w.:[\]-]+$/.test(host)) {
      const location = `https://${host}${port === 443 || port === undefined ? "" : `:${port}`}${request.url ?? "/"}`;
      respondText(response, 308, "This server is reached over TLS.\n", { location });
    } else {
      refuse(request, response, "tls_required", "This server takes calls over TLS only. Use its https address.");
    }
    return false;
  };
}
