import type { IncomingHttpHeaders } from "node:http";
import { BlockList, isIP } from "node:net";
import type { NodeRequest } from "../wire/node-http.ts";

/** Tells which address a request or a connection comes from. */
export interface ClientAddresses {
  /**
   * The address of the client: the connection's own, or, where that is a trusted proxy's, the nearest address in `x-forwarded-for`
   * that is no trusted proxy's (read from the right: what stands further left is the client's own claim). "unknown" for a connection that is gone.
   */
  of(request: NodeRequest): string;
  /** The address at the other end of a connection, "unknown" for one that is gone. */
  ofConnection(socket: { readonly remoteAddress?: string | undefined }): string;
  /** Whether connections from this address carry many clients. */
  isProxy(address: string): boolean;
}

const UNKNOWN = "unknown";

/** @param trustedProxies addresses and subnets ("10.0.0.7", "10.0.0.0/8"), as {@link isAddressOrSubnet} takes them */
export function createClientAddresses(trustedProxies: readonly string[]): ClientAddresses {
  const proxies = new BlockList();
  for (const entry of trustedProxies) {
    const [address = "", prefix] = entry.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (prefix === undefined) proxies.addAddress(address, family);
    else proxies.addSubnet(address, Number(prefix), family);
  }
  const isProxy = (address: string): boolean => {
    const family = isIP(address);
    return family !== 0 && proxies.check(address, family === 6 ? "ipv6" : "ipv4");
  };
  const ofConnection = (socket: { readonly remoteAddress?: string | undefined }): string =>
    plain(socket.remoteAddress ?? "") || UNKNOWN;
  return {
    isProxy,
    ofConnection,
    of(request) {
      const own = connectionAddress(request) || UNKNOWN;
      if (own === UNKNOWN || trustedProxies.length === 0 || !isProxy(own)) return own;
      return forwardedBy(request.headers, isProxy) ?? own;
    },
  };
}

/** Whether a text is an IP address or a subnet in CIDR form. */
export function isAddressOrSubnet(text: string): boolean {
  const [address = "", prefix, ...rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 6 ? 128 : 32));
}

function forwardedBy(headers: IncomingHttpHeaders, isProxy: (address: string) => boolean): string | undefined {
  const given = headers["x-forwarded-for"];
  const hops = (Array.isArray(given) ? given.join(",") : (given ?? "")).split(",").map((hop) => plain(hop.trim()));
  let nearest: string | undefined;
  for (const hop of hops.reverse()) {
    if (isIP(hop) === 0) break; // what stands before a malformed hop proves nothing
    nearest = hop;
    if (!isProxy(hop)) break;
  }
  return nearest;
}

/** By HTTP/2 session: Node makes a proxy object to tell the socket of each request on it. */
const sessionAddresses = new WeakMap<object, string>();

/** Where the request's connection comes from; empty for one that is gone. */
function connectionAddress(request: NodeRequest): string {
  const session = "stream" in request ? request.stream?.session : undefined;
  if (!session) return plain(request.socket?.remoteAddress ?? "");
  let address = sessionAddresses.get(session);
  if (address === undefined) {
    address = plain(session.socket.remoteAddress ?? "");
    if (address !== "") sessionAddresses.set(session, address);
  }
  return address;
}

/** IPv4 addresses of a dual-stack socket without their prefix. */
function plain(address: string): string {
  return address.startsWith("::ffff:") && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}
