/** Holds clients of the SDK, as many as it is told, in a process of its own. */
import type { ChatClient, ConnectionState } from "@chat/client";
import { createNodeChatClient } from "@chat/client/node";
import { setTimeout as delay } from "node:timers/promises";
import { monotonicMs } from "../figures.ts";
import { inTurns, PASSWORD } from "../setup/people.ts";
import { missed } from "./missed.ts";
import { serve } from "./worker.ts";

interface SdkClient {
  readonly client: ChatClient;
  readonly seqs: number[];
  readonly times: number[];
  readonly states: { readonly at: number; readonly state: ConnectionState }[];
  resets: number;
}

const clients: SdkClient[] = [];

async function open(baseUrl: string, login: string, protocol: "grpc" | "grpc-web"): Promise<void> {
  const client = await createNodeChatClient({ baseUrl, protocol });
  const entry: SdkClient = { client, seqs: [], times: [], states: [], resets: 0 };
  client.feed.onEvent(({ kind, seq }) => {
    if (kind !== "message-posted") return;
    entry.seqs.push(seq);
    entry.times.push(monotonicMs());
  });
  client.feed.onReset(() => entry.resets++);
  client.feed.$connection.listen((state) => entry.states.push({ at: monotonicMs(), state }));
  await client.session.login({ login, password: PASSWORD });
  clients.push(entry);
}

const commands = {
  /** Makes and signs in a client for each name. */
  async open(input: { url: string; handles: readonly string[]; protocol: "grpc" | "grpc-web" }): Promise<void> {
    await inTurns(input.handles, (handle) => open(input.url, handle, input.protocol));
  },
  /** Waits until all have caught up, and gives how many have not in time. */
  async live({ timeoutMs }: { timeoutMs: number }): Promise<number> {
    const until = monotonicMs() + timeoutMs;
    const late = (): number => clients.filter(({ client }) => client.feed.$connection.get().state !== "live").length;
    while (late() > 0 && monotonicMs() < until) await delay(20);
    return late();
  },
  missed({ expected }: { expected: readonly number[] }) {
    const known = new Set(expected);
    return missed(
      expected,
      clients.map(({ seqs, resets }) => ({
        seqs: seqs.filter((seq) => known.has(seq)),
        faults: resets + seqs.filter((seq, index) => seq <= (seqs[index - 1] ?? 0)).length,
      })),
    );
  },
  /** For each client: when it noticed a loss after this moment, was live again, and got its first event sent after it; and its tries. */
  recoveries({ since, seqs }: { since: number; seqs: ReadonlySet<number> }) {
    return clients.map((entry) => {
      const states = entry.states.filter(({ at }) => at >= since);
      return {
        noticedAt: states[0]?.at,
        liveAt: states.find(({ state }) => state.state === "live")?.at,
        receivingAt: entry.times[entry.seqs.findIndex((seq) => seqs.has(seq))],
        tries: states.filter(({ state }) => state.state === "connecting").length,
      };
    });
  },
  async close(): Promise<void> {
    await Promise.all(clients.splice(0).map(({ client }) => client.close()));
  },
};

/** What can be asked of it. */
export type SdkProcess = typeof commands;

serve(commands);
