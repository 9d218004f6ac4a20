import { lastSeqOf } from "../../../server/src/log/position.ts";
import type { Population } from "../simulate.ts";

/** How long everything may take to come to rest once nothing goes wrong any more. */
const SETTLE_MS = 180_000;

const LOOK_MS = 100;

/**
 * Waits until every server has everything, every client has everything and nobody waits for an answer. Gives whether that came to pass.
 * @param report told what did not, in words
 */
export async function settle(population: Population, report: (text: string) => void): Promise<boolean> {
  const { world } = population.cluster;
  world.calm();
  for (const { logLink } of population.servers) logLink.heal();
  for (const { link } of population.ways.flat()) link.heal();
  const deadline = world.now + SETTLE_MS;
  for (;;) {
    const missing = missingIn(population);
    if (missing.length === 0) {
      world.note("everything has come to rest");
      return true;
    }
    if (world.now >= deadline) {
      for (const text of missing) report(text);
      return false;
    }
    await world.pause(LOOK_MS);
  }
}

function missingIn({ cluster, servers, clients }: Population): string[] {
  const { records } = cluster.store;
  const head = records.length === 0 ? 0 : lastSeqOf(records.length);
  return [
    ...servers
      .filter(({ isReady, projection }) => !isReady || projection?.sequence !== records.length)
      .map(
        ({ name, isReady, projection }) =>
          `${name} is ${isReady ? "ready" : "not ready"} at ${projection?.sequence} of ${records.length}`,
      ),
    ...clients
      .filter(({ pending, isLive, caughtUpTo }) => pending > 0 || !isLive || caughtUpTo < head)
      .map(
        ({ name, pending, isLive, caughtUpTo }) =>
          `${name} has ${pending} unsent actions and is ${isLive ? "live" : "not live"} at ${caughtUpTo} of ${head}`,
      ),
  ];
}
