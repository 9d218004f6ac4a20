import { DeliverPolicy, type StreamInfo } from "@nats-io/jetstream";
import type { JetStream } from "./jetstream.ts";
import { COPY_ASK_MS, COPY_TRIES } from "./timing.ts";

/** What a search for a record came to. */
export type CopySearch =
  | { readonly kind: "found"; readonly data: Uint8Array }
  /** No copy has it. */
  | { readonly kind: "lost" }
  /** No copy that can be reached has it; another one is away. */
  | { readonly kind: "away" };

/**
 * Looks for a record that the copy being read lacks. JetStream keeps copies on several nodes; one that was damaged (a flipped bit, a cut file, a disk
 * that was full) stays without what it lost, and a reader that happens to read there meets a hole. Asks the stream's leader, then readers that are made
 * anew: JetStream puts each on a node of its choice.
 *
 * @throws what the client throws while no node answers
 */
export async function findInOtherCopies({ js, jsm }: JetStream, stream: string, sequence: number): Promise<CopySearch> {
  const atLeader = await jsm.streams.getMessage(stream, { seq: sequence });
  if (atLeader) return { kind: "found", data: atLeader.data };
  const info = await jsm.streams.info(stream);
  if (info.config.num_replicas === 1) return { kind: "lost" };
  for (let tried = 0; tried < COPY_TRIES; tried++) {
    const start = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: sequence };
    const consumer = await js.consumers.get(stream, start);
    const message = await consumer.next({ expires: COPY_ASK_MS });
    if (message?.seq === sequence) return { kind: "found", data: message.data };
  }
  return { kind: areAllThere(info) ? "lost" : "away" };
}

function areAllThere({ config, cluster }: StreamInfo): boolean {
  const others = cluster?.replicas ?? [];
  return others.length + 1 >= config.num_replicas && others.every(({ current, offline }) => current && !offline);
}
