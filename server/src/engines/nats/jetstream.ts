import { jetstream, type JetStreamClient, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { type KV, Kvm } from "@nats-io/kv";
import type { NatsConnection } from "@nats-io/transport-node";
import { retrying } from "./retrying.ts";
import { ATTEMPT_MS, KEY_VALUE_MAX_MS } from "./timing.ts";

/** A bucket is made by an election of its own where NATS has just been started. */
const OPEN_MAX_MS = 3 * KEY_VALUE_MAX_MS;

/** What the adapters share of one connection. */
export interface JetStream {
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
}

/** Asks once whether JetStream is there. @throws ChatError */
export async function openJetStream(connection: NatsConnection): Promise<JetStream> {
  const js = jetstream(connection, { timeout: ATTEMPT_MS });
  const jsm = await retrying(() => jetstreamManager(connection, { timeout: ATTEMPT_MS }), {
    maxMs: KEY_VALUE_MAX_MS,
    what: "with JetStream",
  });
  return { js, jsm };
}

/**
 * Opens a bucket, or makes it: one value per key, read from its leader.
 * @param history how many values of a key are kept
 * @throws ChatError
 */
export function openBucket(js: JetStreamClient, name: string, replicas: number, history = 1): Promise<KV> {
  const settings = { history, replicas, allow_direct: false, timeout: ATTEMPT_MS };
  return retrying(() => new Kvm(js).create(name, settings), { maxMs: OPEN_MAX_MS, what: "to open a bucket" });
}
