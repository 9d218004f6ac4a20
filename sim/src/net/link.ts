import type { Chance } from "../world/chance.ts";
import type { World } from "../world/world.ts";

/** How long something is on its way, in ms. */
export interface Latency {
  readonly min: number;
  readonly max: number;
  /** Of so many of a thousand: ten times as long. */
  readonly slowPerMille: number;
}

/** What joins two processes. What is sent one way arrives in order, as over TCP. */
export interface Link {
  /** Sends from the first to the second. */
  there(arrive: () => void): void;
  /** Sends from the second to the first. */
  back(arrive: () => void): void;
  /** Nothing arrives for so long; then everything does that was sent meanwhile. Neither side is told. */
  silence(forMs: number): void;
  /** Silence is over, before its time. */
  heal(): void;
  /** What is on its way is lost, and both sides are told. */
  reset(): void;
  /** Called once, when the link is next reset. Returns what stops that. */
  onReset(listener: () => void): () => void;
  readonly isSilent: boolean;
}

interface Way {
  queue: { readonly at: number; readonly arrive: () => void }[];
  lastArrival: number;
}

const createWay = (): Way => ({ queue: [], lastArrival: 0 });

/** A link that works. */
export function createLink(world: World, chance: Chance, latency: Latency): Link {
  const listeners = new Set<() => void>();
  const ways = { there: createWay(), back: createWay() };
  let silentUntil = 0;

  function send(way: Way, arrive: () => void): void {
    const factor = !world.isCalm && chance.int(0, 999) < latency.slowPerMille ? 10 : 1;
    const earliest = Math.max(world.now, silentUntil) + factor * chance.between(latency.min, latency.max);
    way.lastArrival = Math.max(way.lastArrival, earliest);
    way.queue.push({ at: way.lastArrival, arrive });
    world.on(way.lastArrival, () => deliver(way));
  }

  /** What is due arrives, the oldest first; nothing while the link is silent. */
  function deliver(way: Way): void {
    for (;;) {
      const [first] = way.queue;
      if (!first || first.at > world.now) return;
      if (silentUntil > world.now) return void world.on(silentUntil, () => deliver(way));
      way.queue.shift();
      first.arrive();
    }
  }

  return {
    there: (arrive) => send(ways.there, arrive),
    back: (arrive) => send(ways.back, arrive),
    silence(forMs) {
      silentUntil = Math.max(silentUntil, world.now + forMs);
    },
    heal() {
      silentUntil = 0;
      for (const way of Object.values(ways)) {
        way.queue = way.queue.map(({ at, arrive }) => ({ at: Math.min(at, world.now), arrive }));
        way.lastArrival = world.now;
        deliver(way);
      }
    },
    reset() {
      for (const way of Object.values(ways)) Object.assign(way, createWay());
      const told = [...listeners];
      listeners.clear();
      for (const listener of told) listener();
    },
    onReset(listener) {
      const own = (): void => listener();
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    get isSilent() {
      return silentUntil > world.now;
    },
  };
}
