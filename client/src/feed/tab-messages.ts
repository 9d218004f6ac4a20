import type { ConnectionState } from "../types.ts";
import type { ConnectionEvent } from "./connection-events.ts";

/** One leadership: a later one has the larger term. */
export interface Leader {
  readonly term: number;
  readonly id: string;
}

/** What tabs that share a stream say to each other. */
export type TabMessage =
  /** A follower asks for the state: is anybody there? */
  | { readonly kind: "ask" }
  /** The leader's answer, and its word at each change. */
  | {
      readonly kind: "state";
      readonly leader: Leader;
      /** Number of the last batch that was posted. */
      readonly n: number;
      /** Where the stream stands after that batch; empty: nowhere yet. */
      readonly cursor: string;
      readonly connection: ConnectionState;
    }
  /** All frames of one event, encoded: the last of them carries the cursor. */
  | {
      readonly kind: "frames";
      readonly leader: Leader;
      readonly n: number;
      readonly frames: readonly Uint8Array[];
      readonly cursor: string;
    }
  /** A follower wants the leader to connect now. */
  | { readonly kind: "retry" }
  /** What a follower's platform said about the connection. */
  | { readonly kind: "event"; readonly event: ConnectionEvent };

export type FramesMessage = Extract<TabMessage, { kind: "frames" }>;

/** Whether the first leads later than the second; everybody leads later than nobody. */
export function isLater(one: Leader, other: Leader | undefined): boolean {
  if (other === undefined || one.term !== other.term) return one.term > (other?.term ?? 0);
  return one.id > other.id;
}

export function isSameLeader(one: Leader, other: Leader | undefined): boolean {
  return one.id === other?.id;
}
