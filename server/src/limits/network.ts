import { isIPv6 } from "node:net";

/**
 * The network that limits count: an IPv4 address as it is, of an IPv6 address its /64, for that is the least that one customer gets (RFC 6177) and can
 * pick addresses from at will.
 */
export function networkOf(address: string): string {
  if (!address.includes(":") || !isIPv6(address)) return address;
  const [head = "", tail] = (address.split("%", 1)[0] ?? "").split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const after = tail === "" ? 0 : tail.split(":").reduce((count, group) => count + (group.includes(".") ? 2 : 1), 0);
    const missing = 8 - groups.length - after;
    for (let at = 0; at < missing; at++) groups.push("0");
    groups.push(...tail.split(":"));
  }
  return `${groups.slice(0, 4).map(withoutZeros).join(":")}::/64`;
}

function withoutZeros(group: string): string {
  return group.replace(/^0+(?=.)/, "").toLowerCase();
}
