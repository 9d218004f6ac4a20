import { createMemoryArea } from "@chat/client";
import { check, type Violation } from "../../../chaos/src/check/check.ts";
import { checkProjections, dueErasures } from "../../../chaos/src/check/projections.ts";
import { compareReplicas } from "../../../chaos/src/check/replicas.ts";
import { type Truth, truthOf } from "../../../chaos/src/check/truth.ts";
import type { History } from "../../../chaos/src/history.ts";
import { createLink } from "../net/link.ts";
import { openSdk, PASSWORD, type SimClient } from "../actors/sim-client.ts";
import type { Population } from "../simulate.ts";
import { startMachine } from "../world/machine.ts";

/** How long a client may take to load what it shows, in ms. */
const LOAD_MAX_MS = 60_000;
const LOOK_MS = 20;
/** Before a client is looked at where limits are tight: its account has some of what it may call again. */
const BREATH_MS = 10_000;
const SIGN_IN_AGAIN_MS = 500;

/** Holds all that happened in a world against what the system promises. @param isSettled whether there is any sense in comparing clients */
export async function judge(
  population: Population,
  history: History,
  isSettled: boolean,
): Promise<{ violations: readonly Violation[]; acknowledged: number; deliveries: number }> {
  const { cluster, servers, clients } = population;
  const { store } = cluster;
  const violations: Violation[] = [];
  const recordsNow = () => store.records.filter((record) => record !== undefined);
  if (isSettled) {
    const truth = truthOf(recordsNow(), history.operations);
    for (const [index, client] of clients.entries())
      violations.push(...(await auditClient(client, index, population, truth)));
  }
  for (const client of clients) await client.close();
  for (const server of servers) await server.stop();
  const records = recordsNow();
  const paths = Object.fromEntries(servers.map(({ name, path }) => [name, path]));
  const truth = truthOf(records, history.operations);
  const verdict = check(history, truth, dueErasures(paths));
  violations.push(...verdict.violations, ...checkProjections(paths, { epoch: store.epoch, records }));
  for (const client of clients) violations.push(...checkOrder(client, truth), ...checkResets(client, store.isMoved));
  return { violations, acknowledged: verdict.acknowledged, deliveries: verdict.deliveries };
}

async function auditClient(
  { name, user, sdk }: SimClient,
  index: number,
  { cluster, servers }: Population,
  truth: Truth,
): Promise<Violation[]> {
  const { world, knobs } = cluster;
  const violations: Violation[] = [];
  const machine = startMachine(world, `${name} looked at`);
  const ways = servers.map((server) => ({
    link: createLink(world, machine.chance, knobs.clientLatency),
    listening: () => server.listening,
  }));
  const address = `10.0.1.${index + 1}`;
  const fresh = openSdk(
    {
      ...{ world, name: machine.name, protocol: "connect", address, ways, machine, area: createMemoryArea() },
      report: (text) => void violations.push({ kind: "diverged", text }),
    },
    [],
  );
  if (knobs.limitsFactor > 0 && knobs.limitsFactor < 1) await world.pause(BREATH_MS);
  const deadline = world.now + LOAD_MAX_MS;
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) {
      if (world.now > deadline) throw new Error("a client does not load what it shows");
      await world.pause(LOOK_MS);
    }
  };
  try {
    for (;;) {
      try {
        await fresh.session.login({ login: user, password: PASSWORD });
        break;
      } catch (error) {
        if (world.now > deadline) throw error;
        await world.pause(SIGN_IN_AGAIN_MS);
      }
    }
    violations.push(...(await compareReplicas({ name, sdk, fresh, person: truth.person(user) ?? -1, truth, until })));
  } catch (error) {
    violations.push({ kind: "stuck", text: `${name} can't be compared with a fresh sign-in: ${String(error)}` });
  } finally {
    await fresh.close();
  }
  return violations;
}

/** What was sent to one conversation is there in the order in which it was sent. */
function checkOrder({ name, sent }: SimClient, truth: Truth): Violation[] {
  const seqs = new Map(truth.events.map(({ clientId, seq }) => [clientId, seq]));
  return [...sent].flatMap(([to, clientIds]) => {
    const stored = clientIds.flatMap((clientId) => seqs.get(clientId) ?? []);
    const at = stored.findIndex((seq, index) => seq < (stored[index - 1] ?? 0));
    if (at < 0) return [];
    return [{ kind: "reordered" as const, text: `${name} sent ${stored[at - 1]} to ${to} before ${stored[at]}` }];
  });
}

function checkResets({ name, resets }: SimClient, isMoved: boolean): Violation[] {
  if (resets === 0 || isMoved) return [];
  return [{ kind: "reset", text: `${name} was reset ${resets} times though the log stayed the same` }];
}
