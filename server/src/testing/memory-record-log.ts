import type { LogRecord, RecordLog } from "../log/record-log.ts";

/** A record log in memory whose records and failures the test chooses. */
export interface MemoryRecordLog extends RecordLog {
  /** Takes a record out, as corruption would. */
  lose(sequence: number): void;
  /** Makes the next read fail after `records` records. */
  failReadAfter(records: number, error: Error): void;
}

/** An empty log. */
export function createMemoryRecordLog(epoch = "epoch"): MemoryRecordLog {
  const records: (Uint8Array | undefined)[] = [];
  let wake = Promise.withResolvers<void>();
  let failure: { after: number; error: Error } | undefined;

  return {
    epoch,
    append(record) {
      records.push(record);
      wake.resolve();
      wake = Promise.withResolvers();
      return Promise.resolve(records.length);
    },
    async *read({ after, signal }): AsyncGenerator<LogRecord> {
      const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      let given = 0;
      for (let sequence = after + 1; !signal.aborted;) {
        if (failure && given === failure.after) {
          const { error } = failure;
          failure = undefined;
          throw error;
        }
        if (sequence > records.length) {
          await Promise.race([wake.promise, aborted]);
          continue;
        }
        given++;
        yield { sequence, data: records[sequence - 1] };
        sequence++;
      }
    },
    get: (sequence) => Promise.resolve(records[sequence - 1]),
    head: () => Promise.resolve(records.length),
    first: () => Promise.resolve(1),
    replace(sequence, record) {
      records[sequence - 1] = record;
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
    lose(sequence) {
      records[sequence - 1] = undefined;
    },
    failReadAfter(after, error) {
      failure = { after, error };
    },
  };
}
