import { jetstreamManager, type JetStreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { ERASED_BUCKET, LOG_STREAM } from "../../server/src/engines/nats/record-log.ts";
import type { Violation } from "./check/check.ts";

/** The log as JetStream has it, read without any part of a chat server. */
export interface FinalLog {
  readonly epoch: string;
  /** In order, up to the first that is missing. */
  readonly records: readonly Uint8Array[];
  /** What is wrong with the log itself. */
  readonly violations: readonly Violation[];
}

/** Records asked for at a time. */
const WINDOW = 64;

/** Reads every record by its number from the stream's leader. @param url of the NATS cluster */
export async function readFinalLog(url: string, login: { user: string; pass: string }): Promise<FinalLog> {
  const connection = await connect({ servers: url.split(","), ...login });
  try {
    const jsm = await jetstreamManager(connection);
    const { config, state } = await jsm.streams.info(LOG_STREAM);
    const violations: Violation[] = [];
    const records: Uint8Array[] = [];
    let isWhole = true;
    for (let low = 1; low <= state.last_seq; low += WINDOW) {
      const sequences = Array.from({ length: Math.min(WINDOW, state.last_seq - low + 1) }, (_, index) => low + index);
      const found = await Promise.all(sequences.map((seq) => recordAt(jsm, seq)));
      for (const [index, data] of found.entries()) {
        if (data === undefined) {
          violations.push({ kind: "hole", text: `record ${sequences[index]} of ${state.last_seq} is missing` });
          isWhole = false;
        } else if (isWhole) records.push(data);
      }
    }
    return { epoch: config.metadata?.["chat-epoch"] ?? "", records, violations };
  } finally {
    await connection.close();
  }
}

/** A record of the stream, or what stands in its place since it was erased. */
async function recordAt(jsm: JetStreamManager, seq: number): Promise<Uint8Array | undefined> {
  const message = await jsm.streams.getMessage(LOG_STREAM, { seq });
  if (message) return message.data;
  const subject = `$KV.${ERASED_BUCKET}.${seq}`;
  const replacement = await jsm.streams.getMessage(`KV_${ERASED_BUCKET}`, { last_by_subj: subject });
  return replacement?.data;
}
