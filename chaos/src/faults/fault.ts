import type { ChaosClient } from "../clients/chaos-client.ts";
import type { Herd } from "../clients/herd.ts";
import type { SlowReader } from "../clients/slow-reader.ts";
import type { ChaosCluster } from "../cluster.ts";
import type { Random } from "../random.ts";

/**
 * What a fault harms. Two faults of one lane never overlap, of different lanes they do. The lanes keep the damage within what is promised: with all
 * faults that stop or hurt a NATS node on one lane, at most one copy of the log is damaged at a time and the two others are whole (a fault that damages
 * data waits for that). Two nodes gone is an outage; one copy damaged while another is behind could be a loss that nothing protects from.
 */
export const LANES = ["nodes", "servers", "server-links", "client-links", "clients"] as const;

/** One of {@link LANES}. */
export type Lane = (typeof LANES)[number];

/** What faults work on. */
export interface FaultContext {
  readonly cluster: ChaosCluster;
  readonly clients: readonly ChaosClient[];
  readonly herd: Herd;
  readonly slowReader: SlowReader;
  /** Takes what a reader of the summary should know. */
  readonly note: (text: string) => void;
}

/** Ends the fault. Resolves when what was harmed runs again, not when it has caught up. */
export type Undo = () => Promise<void>;

/** One kind of fault. */
export interface Fault {
  readonly name: string;
  readonly lane: Lane;
  /** How long it lasts, in seconds: the least and the most. */
  readonly lasts: readonly [number, number];
  /** Why it can't be had on this machine; undefined where it can. */
  readonly refused?: (context: FaultContext) => string | undefined;
  /** Does the harm. Gives undefined where it found nothing to harm, and did nothing. */
  readonly inject: (context: FaultContext, random: Random) => Promise<Undo | undefined>;
}
