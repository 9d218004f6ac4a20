import type { Blobs } from "./blobs.ts";
import type { Bus } from "./bus.ts";
import type { KeyValueStore } from "./key-value.ts";
import type { RecordLog } from "./log/record-log.ts";

/**
 * What a server stands on. Two adapters: embedded (one process, files under the data directory) and nats (any number of servers).
 * `compose.ts` picks one; nothing else imports an engine.
 */
export interface Engine {
  readonly name: "embedded" | "nats";
  readonly log: RecordLog;
  readonly keyValue: KeyValueStore;
  readonly bus: Bus;
  readonly blobs: Blobs;
  /** Whether the engine can be reached, and if not, in words for the operator. */
  health(): { ok: true } | { ok: false; reason: string };
  /** Closes the four ports and what they share. Never rejects. */
  close(): Promise<void>;
}
