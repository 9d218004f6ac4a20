import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { LOG_STREAM } from "../../server/src/engines/nats/record-log.ts";
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
    if (state.first_seq > 1)
      violations.push({ kind: "hole", text: `the log begins at record ${state.first_seq}, not at 1` });
    for (let low = 1; low <= state.last_seq; low += WINDOW) {
      const sequences = Array.from({ length: Math.min(WINDOW, state.last_seq - low + 1) }, (_, index) => low + index);
      const found = await Promise.all(sequences.map((seq) => jsm.streams.getMessage(LOG_STREAM, { seq })));
      for (const [index, message] of found.entries()) {
        if (message === null) {
          violations.push({ kind: "hole", text: `record ${sequences[index]} of ${state.last_seq} is missing` });
          isWhole = false;
        } else if (isWhole) records.push(message.data);
      }
    }
    return { epoch: config.metadata?.["chat-epoch"] ?? "", records, violations };
  } finally {
    await connection.close();
  }
}
