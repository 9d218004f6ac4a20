/** Holds raw readers, as many as it is told, in a process of its own. */
import { setTimeout as delay } from "node:timers/promises";
import { monotonicMs } from "../figures.ts";
import { missed } from "./missed.ts";
import type { Protocol } from "./raw-stream.ts";
import { type Reader, type Sitting, startReader } from "./reader.ts";
import { serve } from "./worker.ts";

/** What can be asked of it. */
export type ReadersProcess = ReturnType<typeof createCommands>;

function createCommands() {
  const readers: Reader[] = [];
  let tokens: readonly string[] = [];
  const chosen = (ids?: readonly number[]): Reader[] => (ids ? ids.flatMap((id) => readers[id] ?? []) : readers);

  return {
    /** Starts readers, as many for each token as it takes; their numbers go on from those there are. */
    open(input: { url: string; tokens: readonly string[]; count: number; protocol: Protocol }): void {
      const { url, protocol, count } = input;
      tokens = input.tokens;
      for (let index = 0; index < count; index++) {
        const token = (): string => tokens[index % tokens.length] ?? "";
        readers.push(startReader({ url, token, protocol }));
      }
    },
    /** New access tokens of the same people, for the connections to come. */
    renew(input: { tokens: readonly string[] }): void {
      tokens = input.tokens;
    },
    /** Waits until all have caught up, and gives how many have not in time. */
    async live({ timeoutMs, ids }: { timeoutMs: number; ids?: readonly number[] }): Promise<number> {
      const until = monotonicMs() + timeoutMs;
      const late = (): number => chosen(ids).filter((reader) => !reader.isLive).length;
      while (late() > 0 && monotonicMs() < until) await delay(20);
      return late();
    },
    /** Waits until all have got so many events, and gives how many have not in time. */
    async got({
      count,
      timeoutMs,
      ids,
    }: {
      count: number;
      timeoutMs: number;
      ids?: readonly number[];
    }): Promise<number> {
      const until = monotonicMs() + timeoutMs;
      const late = (): number => chosen(ids).filter((reader) => reader.seqs.length < count).length;
      while (late() > 0 && monotonicMs() < until) await delay(20);
      return late();
    },
    /** Cuts connections; they come back to this server together. Returns how many there were to cut. */
    cut({ ids, url, backInMs }: { ids?: readonly number[]; url: string; backInMs: number }): number {
      return chosen(ids).filter((reader) => reader.cut(url, backInMs)).length;
    },
    stall({ ids }: { ids: readonly number[] }): void {
      for (const reader of chosen(ids)) reader.stall();
    },
    resume({ ids }: { ids: readonly number[] }): void {
      for (const reader of chosen(ids)) reader.resume();
    },
    /** Cuts connections for good and forgets the readers. */
    close(): void {
      for (const reader of readers.splice(0)) reader.close();
    },
    /** What the readers lack of these events, and got beside them or twice. */
    missed({ expected, ids }: { expected: readonly number[]; ids?: readonly number[] }) {
      const known = new Set(expected);
      return missed(
        expected,
        chosen(ids).map(({ seqs, faults }) => ({ seqs: seqs.filter((seq) => known.has(seq)), faults })),
      );
    },
    /** The time from each message's sending to its arrival, over all readers. */
    latencies({ sent, ids }: { sent: ReadonlyMap<number, number>; ids?: readonly number[] }): Float64Array {
      return Float64Array.from(
        chosen(ids).flatMap(({ seqs, times }) =>
          seqs.flatMap((seq, index) => {
            const at = sent.get(seq);
            return at === undefined ? [] : [(times[index] ?? 0) - at];
          }),
        ),
      );
    },
    /** When each reader got its first event of those sent after a moment; undefined where none came. */
    firstAfter({ seqs, ids }: { seqs: ReadonlySet<number>; ids?: readonly number[] }): (number | undefined)[] {
      return chosen(ids).map((reader) => reader.times[reader.seqs.findIndex((seq) => seqs.has(seq))]);
    },
    /** The connections of each reader. */
    sittings({ ids }: { ids?: readonly number[] }): (readonly Sitting[])[] {
      return chosen(ids).map(({ sittings }) => sittings);
    },
    bytes({ ids }: { ids?: readonly number[] }): number[] {
      return chosen(ids).map(({ bytesRead }) => bytesRead);
    },
  };
}

serve(createCommands());
