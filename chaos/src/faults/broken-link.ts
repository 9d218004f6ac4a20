import type { FaultProxy, LinkState } from "../fault-proxy.ts";
import type { Random } from "../random.ts";
import type { Fault, FaultContext, Lane } from "./fault.ts";

/** How a link misbehaves, by the end of the fault's name. */
const STATES: Readonly<Record<string, (random: Random) => LinkState>> = {
  cut: () => ({ kind: "cut" }),
  delayed: (random) => ({ kind: "delayed", ms: random.int(50, 800) }),
  throttled: (random) => ({ kind: "throttled", bytesPerSecond: random.int(2_000, 20_000) }),
  "half-open": () => ({ kind: "half-open" }),
  silent: () => ({ kind: "silent" }),
};

/** Links between one chat server and NATS, all of them or one. */
export const brokenServerLinks: readonly Fault[] = brokenLinks("server-link", "server-links", ({ cluster }, random) => {
  const links = random.pick(cluster.natsLinks);
  return random.int(0, 1) === 0 ? links : [random.pick(links)];
});

/** Links of a third of the clients. */
export const brokenClientLinks: readonly Fault[] = brokenLinks("client-link", "client-links", ({ cluster }, random) =>
  random.shuffled(cluster.clientLinks).slice(0, Math.ceil(cluster.clientLinks.length / 3)),
);

function brokenLinks(
  prefix: string,
  lane: Lane,
  choose: (context: FaultContext, random: Random) => readonly FaultProxy[],
): Fault[] {
  return Object.entries(STATES).map(([kind, stateOf]): Fault => ({
    name: `${prefix}-${kind}`,
    lane,
    lasts: [3, 9],
    async inject(context, random) {
      const links = choose(context, random);
      for (const link of links) link.set(stateOf(random));
      return async () => {
        for (const link of links) link.set({ kind: "clear" });
      };
    },
  }));
}
