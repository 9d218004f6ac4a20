import type { SeenRow } from "./rows.ts";

/** What a call asked for: the kind of event in the log, and what it says. */
export interface Asked {
  /** As the log names it: "messagePosted". */
  readonly kind: string;
  /** Where to: an address or an id, as the caller wrote it. Undefined: the message or the caller says it. */
  readonly to?: string | undefined;
  /** seq of the message that it is about, or that is answered. */
  readonly message?: number | undefined;
  readonly text?: string | undefined;
  readonly emoji?: string | undefined;
  /** Of a person or a room, without "@" and "#". */
  readonly name?: string | undefined;
  /** Whether the messages of somebody who is removed go with them. */
  readonly withMessages?: boolean | undefined;
}

/** What one client asked for, and what it was told. */
export interface Operation {
  /** The device that asked. */
  readonly client: string;
  /** The first handle of who asked. */
  readonly user: string;
  /** UUID. */
  readonly clientId: string;
  readonly asked: Asked;
  readonly result:
    | { readonly kind: "acknowledged"; readonly seq: number | undefined }
    /** What was asked for holds now, by this event or because it held before: so are joining, reacting and deleting answered. */
    | { readonly kind: "granted" }
    /** Refused for good by the rules or at the door: did not happen by this call. */
    | { readonly kind: "refused"; readonly code: string }
    /** No answer, or one that leaves it open: may have happened, once. */
    | { readonly kind: "unknown" };
}

/** One row as one client got it. */
export interface Delivery extends SeenRow {
  /** Position of the frame's cursor, or of the next frame that has one: the event that it belongs to. */
  readonly seq: number;
  /** Whether the frame told what happened: it came live. */
  readonly isLive: boolean;
}

/** One connection of one stream. */
export interface Sitting {
  /** The position after which it is owed everything. */
  readonly from: number;
  /** The position of the first heartbeat: up to there it caught up, from there it was live. -1: it ended before. */
  readonly caughtUpAt: number;
  /** The position up to which the server told it that nothing is still to come. */
  readonly to: number;
  /** In the order of arrival. Rows of an event that was cut off in the middle are not here: they come again. */
  readonly deliveries: readonly Delivery[];
}

/** Everything one client was sent, over all its connections, as it came off the wire. */
export interface Watch {
  readonly client: string;
  readonly user: string;
  readonly sittings: readonly Sitting[];
  /** What the SDK told its listeners of it, in order; undefined for a client without SDK. */
  readonly told: readonly SeenRow[] | undefined;
  /** Whether the client lived on until nothing was still to come, so that it was told everything. */
  readonly isWhole: boolean;
  /** How often its cursor could not be honoured. */
  readonly resets: number;
  /** Client whose stored place this one goes on from, and the position up to which that one had come. */
  readonly continues: { readonly client: string; readonly to: number } | undefined;
}

/** A page of messages that a client read. */
export interface Page {
  readonly client: string;
  readonly user: string;
  /** As the caller wrote it; undefined: everything the user may see. */
  readonly conversation: string | undefined;
  /** The page begins after this; undefined: it ends with the newest. */
  readonly after: number | undefined;
  /** Ascending, as the server promises. */
  readonly messages: readonly (SeenRow & { readonly seq: number })[];
}

/** All that the clients saw. */
export interface History {
  readonly operations: readonly Operation[];
  readonly watches: readonly Watch[];
  readonly pages: readonly Page[];
  /** Every row that came in an answer or beside another row, once. */
  readonly rows: readonly SeenRow[];
}
