import { isIPv4 } from "node:net";

/** Whether a name or address, an IPv6 one with or without brackets, is this machine's own by itself, without a look-up. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return name === "localhost" || name === "::1" || name === "[::1]" || (name.startsWith("127.") && isIPv4(name));
}
