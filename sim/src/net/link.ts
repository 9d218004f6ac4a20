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
  /** What is on its way is lost, and both sides are told. */
  reset(): void;
  /** Called once, when the link is next reset. Returns what stops that. */
  onReset(listener: () => void): () => void;
  readonly isSilent: boolean;
}

/** A link that works. */
export function createLink(world: World, chance: Chance, latency: Latency): Link {
  const listeners = new Set<() => void>();
  const lastArrival = { there: 0, back: 0 };
  let silentUntil = 0;
  let life = 0;

  function send(way: keyof typeof lastArrival, arrive: () => void): void {
    const sentIn = life;
    const factor = !world.isCalm && chance.int(0, 999) < latency.slowPerMille ? 10 : 1;
    const earliest = Math.max(world.now, silentUntil) + factor * chance.between(latency.min, latency.max);
    lastArrival[way] = Math.max(lastArrival[way], earliest);
    deliver(way, arrive, sentIn);
  }

  function deliver(way: keyof typeof lastArrival, arrive: () => void, sentIn: number): void {
    world.at(lastArrival[way] - world.now, () => {
      if (life !== sentIn) return;
      if (silentUntil <= world.now) return arrive();
      // Silent since it was sent: it waits like all that follows it.
      lastArrival[way] = Math.max(lastArrival[way], silentUntil);
      deliver(way, arrive, sentIn);
    });
  }

  return {
    there: (arrive) => send("there", arrive),
    back: (arrive) => send("back", arrive),
    silence(forMs) {
      silentUntil = Math.max(silentUntil, world.now + forMs);
    },
    reset() {
      life++;
      lastArrival.there = lastArrival.back = 0;
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
