/** Holds clients of the SDK, as many as it is told, in a process of its own. */
import type { ChatClient, ConnectionState } from "@chat/client";
import { createNodeChatClient } from "@chat/client/node";
import { setTimeout as delay } from "node:timers/promises";
import { monotonicMs } from "../figures.ts";
import { inTurns, PASSWORD } from "../setup/people.ts";
import { between, missed, total } from "./missed.ts";
import { serve } from "./worker.ts";

/** A message that a client of the SDK saw delivered. */
export interface Acknowledged {
  readonly seq: number;
  readonly sentAt: number;
  readonly at: number;
}

interface SdkClient {
  readonly handle: string;
  readonly protocol: "grpc" | "grpc-web";
  readonly client: ChatClient;
  readonly seqs: number[];
  readonly times: number[];
  readonly states: { readonly at: number; readonly state: ConnectionState }[];
  readonly acknowledged: Acknowledged[];
  resets: number;
  /** It came when others had begun. */
  readonly isLate: boolean;
}

/** What can be asked of it. */
export type SdkProcess = ReturnType<typeof createCommands>;

function createCommands() {
  const clients: SdkClient[] = [];
  /** What those got who have left. */
  const left: SdkClient[] = [];
  const failures: string[] = [];
  let delivered = 0;
  let talking: NodeJS.Timeout | undefined;
  let pressing: AbortController | undefined;

  async function open(baseUrl: string, handle: string, protocol: "grpc" | "grpc-web", isLate = false): Promise<void> {
    const client = await createNodeChatClient({ baseUrl, protocol });
    const entry: SdkClient = {
      client,
      handle,
      protocol,
      isLate,
      seqs: [],
      times: [],
      states: [],
      acknowledged: [],
      resets: 0,
    };
    client.feed.onChange((change) => {
      // As it was posted: nobody edits here.
      if (change.row !== "message" || change.message.version !== change.message.seq) return;
      entry.seqs.push(change.message.seq);
      entry.times.push(monotonicMs());
    });
    client.feed.onReset(() => entry.resets++);
    client.feed.$connection.listen((state) => entry.states.push({ at: monotonicMs(), state }));
    await client.session.login({ login: handle, password: PASSWORD });
    clients.push(entry);
  }

  /** Sends one message after the other, each when the one before is delivered. */
  async function press(
    { client, acknowledged }: SdkClient,
    to: string,
    pauseMs: number,
    stop: AbortSignal,
  ): Promise<void> {
    for (let count = 0; !stop.aborted; count++) {
      const sentAt = monotonicMs();
      const action = { kind: "send", conversation: to, text: `pressing, ${count}` } as const;
      const { clientId } = await client.outbox.add(action);
      const { message } = await client.outbox.done(clientId);
      acknowledged.push({ seq: message?.seq ?? 0, sentAt, at: monotonicMs() });
      await delay(pauseMs);
    }
  }

  return {
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
    /** What all clients lack of these events; those who have left are owed what came while they were there. */
    missed({ expected }: { expected: readonly number[] }) {
      const known = new Set(expected);
      const gotOf = ({ seqs, resets }: SdkClient) => ({
        seqs: seqs.filter((seq) => known.has(seq)),
        faults: resets + seqs.filter((seq, index) => seq <= (seqs[index - 1] ?? 0)).length,
      });
      return total([
        missed(expected, clients.filter(({ isLate }) => !isLate).map(gotOf)),
        ...[...left, ...clients.filter(({ isLate }) => isLate)].map((client) => {
          const got = gotOf(client);
          return missed(between(expected, got.seqs), [got]);
        }),
      ]);
    },
    /** Everybody sends direct messages, in turn, so many a second together. */
    talk({ to, perSecond }: { to: readonly string[]; perSecond: number }): void {
      let count = 0;
      talking = setInterval(() => {
        const { client } = clients[count++ % clients.length] ?? {};
        if (client?.session.$state.get().state !== "signed-in") return;
        const conversation = `@${to[count % to.length]}`;
        const sending = client.outbox.add({ kind: "send", conversation, text: `from the SDK, ${count}` });
        sending
          .then(({ clientId }) => client.outbox.done(clientId))
          .then(
            () => delivered++,
            // Who signs out drops what waits in the outbox: that is no failure of sending.
            (error: Error) => void (error.message.includes("signed out") || failures.push(error.message)),
          );
      }, 1_000 / perSecond);
    },
    stopTalking(): void {
      clearInterval(talking);
    },
    /** Direct messages delivered, and why others were not. */
    talked: () => ({ delivered, failures }),
    /** Every client sends to this address, each as fast as it gets answers with a pause between. */
    press({ to, pauseMs }: { to: string; pauseMs: number }): void {
      const { signal } = (pressing = new AbortController());
      for (const entry of clients)
        press(entry, to, pauseMs, signal).catch((error: unknown) => failures.push(String(error)));
    },
    stopPressing(): void {
      pressing?.abort();
    },
    /** What each client saw delivered while it pressed. */
    acknowledged: () => clients.map(({ acknowledged }) => acknowledged),
    /** One client signs out and goes; another of the same person signs in. */
    async change({ index, url }: { index: number; url: string }): Promise<void> {
      const old = clients[index % clients.length];
      if (!old) return;
      clients.splice(clients.indexOf(old), 1);
      left.push(old);
      while (old.client.outbox.$items.get().length > 0) await delay(20);
      await old.client.session.logout();
      await old.client.close();
      await open(url, old.handle, old.protocol, true);
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
}

serve(createCommands());
