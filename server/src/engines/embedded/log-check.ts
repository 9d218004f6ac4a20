import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { ChatError } from "../../errors.ts";

/** Records of one step of the check in the background, and the pause after it: under one percent of a core. */
const STEP_RECORDS = 64;
const STEP_PAUSE_MS = 20;

/** What is checked before the log is used, at most: its newest records. The rest follows in the background. */
const FIRST_RECORDS = 1_000;
const FIRST_BYTES = 32 * 1024 * 1024;

/** Checks stored records against their checksums and numbers. */
export interface LogCheck {
  /**
   * Checks the newest records, those that a crash or a torn write would have hit.
   * @throws ChatError `data_loss` naming the record
   */
  newest(head: number): void;
  /** Checks all of them, oldest first, a little at a time. `onDamage` is told once, with what is damaged. Returns what stops it. */
  all(head: number, onDamage: (error: unknown) => void): () => void;
}

/** Makes the check of a log's file. */
export function createLogCheck({ database, path }: { database: DatabaseSync; path: string }): LogCheck {
  const descending = database.prepare(
    "SELECT sequence, crc, data FROM records WHERE sequence <= ? ORDER BY sequence DESC LIMIT ?",
  );
  const ascending = database.prepare(
    "SELECT sequence, crc, data FROM records WHERE sequence > ? ORDER BY sequence LIMIT ?",
  );

  const damaged = (sequence: number): ChatError =>
    new ChatError(
      "data_loss",
      `${path} is damaged: record ${sequence} is not what was stored. Restore it from a backup.`,
    );

  function assertIntact(row: unknown, expected: number): number {
    const { sequence, crc, data } = row as { sequence: number; crc: number; data: Uint8Array };
    if (sequence !== expected || !(data instanceof Uint8Array) || crc32(data) !== crc) throw damaged(expected);
    return data.length;
  }

  return {
    newest(head) {
      let expected = head;
      let bytes = 0;
      for (const row of descending.iterate(Number.MAX_SAFE_INTEGER, FIRST_RECORDS)) {
        bytes += assertIntact(row, expected--);
        if (bytes > FIRST_BYTES) return;
      }
      if (expected > 0 && head - expected < FIRST_RECORDS) throw damaged(expected);
    },

    all(head, onDamage) {
      let position = 0;
      const timer = setInterval(() => {
        try {
          const rows = ascending.all(position, Math.min(STEP_RECORDS, head - position));
          for (const row of rows) assertIntact(row, ++position);
          if (rows.length === 0 && position < head) throw damaged(position + 1);
          if (position >= head) clearInterval(timer);
        } catch (error) {
          clearInterval(timer);
          onDamage(error);
        }
      }, STEP_PAUSE_MS);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}
