/**
 * What an address is counted by: an IPv4 address as it is, an IPv6 address by its /64, which is what one subscriber gets.
 * @param address as `ClientAddresses` tells it: IPv4 without the prefix of a dual-stack socket
 */
export function addressKey(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = (address.split("%", 1)[0] ?? "").split("::");
  const before = groupsOf(head);
  const after = groupsOf(tail ?? "");
  // A dotted IPv4 ending stands for two groups; they are the last ones, which don't count here.
  const length = before.length + after.length + (address.includes(".") ? 1 : 0);
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - length)).fill("0");
  const network = [...before, ...zeros, ...after].slice(0, 4).map((group) => parseInt(group, 16).toString(16));
  return `${network.join(":")}::/64`;
}

function groupsOf(part: string): string[] {
  return part === "" ? [] : part.split(":");
}
