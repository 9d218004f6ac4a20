import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A network of two on this machine: a namespace, and a cable between it and the rest. Needs root. */
export interface Namespace extends AsyncDisposable {
  /** This machine's address as those in the namespace reach it. */
  readonly host: string;
  /** What to put before a command to run it in there. */
  readonly exec: readonly string[];
  /** Pulls the cable: nothing arrives any more, and nobody is told. */
  unplug(): Promise<void>;
}

/** Makes one. @param number one of its own for each, 0 to 63 @throws Error where this machine or user can't */
export async function startNamespace(number: number): Promise<Namespace> {
  const name = `chat-${process.pid}-${number}`;
  const cable = `chat${process.pid % 100_000}-${number}`;
  // Of RFC 2544: for measurements between devices. Four to a network.
  const [host, peer] = [1, 2].map((last) => `198.18.77.${4 * number + last}`) as [string, string];
  const ip = (...args: string[]) => run("ip", args);
  // The cable goes with the namespace, also where this process is interrupted.
  const removeWithUs = (): void => void spawnSync("ip", ["netns", "delete", name]);
  process.on("exit", removeWithUs);
  const remove = async (): Promise<void> => {
    process.removeListener("exit", removeWithUs);
    await ip("link", "delete", cable).catch(() => {}); // it went with the namespace
    await ip("netns", "delete", name).catch(() => {}); // it was never there
  };
  try {
    await ip("netns", "add", name);
    await ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name);
    await ip("addr", "add", `${host}/30`, "dev", cable);
    await ip("link", "set", cable, "up");
    await ip("-n", name, "addr", "add", `${peer}/30`, "dev", "eth0");
    await ip("-n", name, "link", "set", "eth0", "up");
    await ip("-n", name, "link", "set", "lo", "up");
  } catch (cause) {
    await remove();
    throw new Error("a network namespace is needed, which takes root and `ip`", { cause });
  }
  return {
    host,
    exec: ["ip", "netns", "exec", name],
    unplug: async () => void (await ip("-n", name, "link", "set", "eth0", "down")),
    [Symbol.asyncDispose]: remove,
  };
}
