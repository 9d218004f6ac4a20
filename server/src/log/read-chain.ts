import { CHAIN_START, nextChain } from "./chain.ts";
import { storedDigest } from "./record-codec.ts";
import { ChatError } from "../errors.ts";
import type { RecordLog } from "./record-log.ts";

/**
 * Reads the log from its beginning and gives the value of its chain at a record. For tools: a server knows it from its read model.
 * @throws ChatError `data_loss` at a record that is missing
 */
export async function chainOf(log: Pick<RecordLog, "read">, sequence: number): Promise<Uint8Array> {
  let chain = CHAIN_START;
  if (sequence === 0) return chain;
  const stop = new AbortController();
  for await (const record of log.read({ after: 0, signal: stop.signal })) {
    if (record.data === undefined)
      throw new ChatError(
        "data_loss",
        `Record ${record.sequence} is missing from the log and was not erased on purpose.`,
      );
    chain = nextChain(chain, record.sequence, storedDigest(record.data));
    if (record.sequence === sequence) break;
  }
  stop.abort();
  return chain;
}
