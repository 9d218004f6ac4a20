import { readFile } from "node:fs/promises";
import { endianness } from "node:os";

/** A connection whose peer has let at least one retransmission or probe go unanswered. */
export interface Unanswered {
  /** See {@link connectionKey}. */
  readonly key: string;
  /** Retransmissions or probes since the last acknowledgement. */
  readonly tries: number;
}

/** Per network namespace, IPv4 and IPv6 (proc_net_tcp in the kernel's documentation). */
const TABLES = ["/proc/self/net/tcp", "/proc/self/net/tcp6"];

/** Timers of a connection that waits for an acknowledgement: retransmission, and the probe of a peer that takes nothing. */
const RETRANSMIT = "01";
const PROBE = "04";

/** Asks the kernel which connections wait in vain for an acknowledgement. Undefined where it can't be asked: outside of Linux. */
export async function readUnanswered(): Promise<readonly Unanswered[] | undefined> {
  const tables = await Promise.all(TABLES.map((path) => readFile(path, "latin1").catch(() => undefined)));
  const known = tables.filter((table) => table !== undefined);
  return known.length === 0 ? undefined : known.flatMap(unansweredIn);
}

/** The rows of a table, in the format of /proc/net/tcp, that tell of an unanswered try. */
export function unansweredIn(table: string): Unanswered[] {
  const found: Unanswered[] = [];
  for (const row of table.split("\n")) {
    // sl local remote state tx:rx timer:when retransmits uid probes …
    const [, local, remote, , , timer, retransmits, , probes] = row.trim().split(/\s+/, 9);
    const kind = timer?.slice(0, 2);
    if (local === undefined || remote === undefined || (kind !== RETRANSMIT && kind !== PROBE)) continue;
    const tries = Math.max(parseInt(retransmits ?? "0", 16), kind === PROBE ? Number(probes) : 0);
    if (tries > 0) found.push({ key: `${local.split(":")[1] ?? ""} ${remote}`, tries });
  }
  return found;
}

/** Names a connection as the kernel's table does: local port and remote end. */
export function connectionKey(end: { localPort: number; remoteAddress: string; remotePort: number }): string {
  return `${port(end.localPort)} ${hexAddress(end.remoteAddress)}:${port(end.remotePort)}`;
}

const port = (value: number): string => value.toString(16).toUpperCase().padStart(4, "0");

/** Each 32-bit word of an address in the machine's own byte order. */
function hexAddress(address: string): string {
  const bytes = address.includes(":") ? ipv6Bytes(address) : Buffer.from(address.split(".").map(Number));
  const words = endianness() === "LE" ? Buffer.from(bytes).swap32() : bytes;
  return words.toString("hex").toUpperCase();
}

function ipv6Bytes(address: string): Buffer {
  const bytes = Buffer.alloc(16);
  const [ipv6 = ""] = address.split("%"); // without the interface of a link-local one
  const mapped = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(ipv6);
  const text = mapped ? `${mapped[1] ?? ""}${hexPair(mapped[2], mapped[3])}:${hexPair(mapped[4], mapped[5])}` : ipv6;
  const [before = "", after] = text.split("::");
  const head = before === "" ? [] : before.split(":");
  const tail = after === undefined || after === "" ? [] : after.split(":");
  head.forEach((group, index) => bytes.writeUInt16BE(parseInt(group, 16), index * 2));
  tail.forEach((group, index) => bytes.writeUInt16BE(parseInt(group, 16), 16 - (tail.length - index) * 2));
  return bytes;
}

const hexPair = (high = "0", low = "0"): string => (Number(high) * 256 + Number(low)).toString(16);
