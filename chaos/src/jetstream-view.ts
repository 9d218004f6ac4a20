import type { NatsCluster } from "../../scripts/nats-server/cluster.ts";
import type { NatsServer } from "../../scripts/nats-server/start.ts";
import { LOG_STREAM } from "../../server/src/engines/nats/record-log.ts";

/** What one node says about its own copy of the log's stream. */
export interface LogCopy {
  readonly node: number;
  readonly messages: number;
  readonly first: number;
  readonly last: number;
  /** Name of the leader, as this node sees it. */
  readonly leader: string | undefined;
}

interface Jsz {
  account_details?: {
    stream_detail?: {
      name: string;
      cluster?: { leader?: string };
      state: { messages: number; first_seq: number; last_seq: number };
    }[];
  }[];
}

const TIMEOUT_MS = 2_000;

/** Asks a node's monitoring port. Undefined while it doesn't answer or has no copy. */
export async function logCopy(server: NatsServer, node: number): Promise<LogCopy | undefined> {
  try {
    const url = `http://127.0.0.1:${server.monitoringPort}/jsz?accounts=true&streams=true`;
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { account_details: accounts = [] } = (await response.json()) as Jsz;
    const stream = accounts.flatMap((account) => account.stream_detail ?? []).find(({ name }) => name === LOG_STREAM);
    return (
      stream && {
        node,
        messages: stream.state.messages,
        first: stream.state.first_seq,
        last: stream.state.last_seq,
        leader: stream.cluster?.leader,
      }
    );
  } catch {
    return undefined; // killed, frozen or still starting
  }
}

/** The copies of all nodes that answer. */
export async function logCopies({ nodes }: NatsCluster): Promise<LogCopy[]> {
  const copies = await Promise.all(nodes.map(logCopy));
  return copies.filter((copy) => copy !== undefined);
}

/** Index of the node that leads the log's stream. */
export async function leaderOf(cluster: NatsCluster): Promise<number | undefined> {
  const [copy] = await logCopies(cluster);
  const number = /^node-(\d+)$/.exec(copy?.leader ?? "")?.[1];
  return number === undefined ? undefined : Number(number) - 1;
}
