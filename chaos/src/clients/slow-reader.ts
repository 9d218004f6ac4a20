import type { Undo } from "../faults/fault.ts";
import type { ChaosClient } from "./chaos-client.ts";
import type { RawClient } from "./raw-client.ts";

/** More than a server holds for one stream (1 MiB), with what the connection itself takes. */
const MESSAGES = 180;
const MESSAGE_LENGTH = 9_000;

/** Somebody who stops reading now and then, and somebody who writes to them then. */
export interface SlowReader {
  /** Stops reading and is written to. Gives what lets it read on. */
  stall(): Promise<Undo>;
}

/** @param options.reader over HTTP/2, where what is not read is not sent either */
export function createSlowReader(options: { reader: RawClient; writer: ChaosClient }): SlowReader {
  const { reader, writer } = options;
  let round = 0;
  return {
    async stall() {
      const stalled = new AbortController();
      reader.stall(stalled.signal);
      round++;
      for (let number = 0; number < MESSAGES; number++)
        void writer.act({
          kind: "send",
          conversation: `@${reader.user}`,
          text: `${round}/${number} `.padEnd(MESSAGE_LENGTH, "."),
        });
      return async () => stalled.abort();
    },
  };
}
