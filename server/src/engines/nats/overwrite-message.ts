import type { JetStreamManager } from "@nats-io/jetstream";
import { isMissingMessage } from "./nats-error.ts";

/** Removes a message with its bytes in NATS's files, where it stays for long otherwise. Resolves with whether it was there. */
export async function overwriteMessage(jsm: JetStreamManager, stream: string, sequence: number): Promise<boolean> {
  try {
    await jsm.streams.deleteMessage(stream, sequence, true);
    return true;
  } catch (error) {
    if (!isMissingMessage(error)) throw error;
    return false;
  }
}
