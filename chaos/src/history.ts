/** What one client asked for, and what it was told. */
export interface Operation {
  /** The device that asked. */
  readonly client: string;
  /** Handle of who asked. */
  readonly user: string;
  /** UUID. */
  readonly clientId: string;
  /** Canonical id. */
  readonly conversation: string;
  /** Undefined for anything but a message. */
  readonly text: string | undefined;
  readonly result:
    | { readonly kind: "acknowledged"; readonly seq: number | undefined }
    /** What was asked for holds now, by this event or because it held before: so are joining and leaving answered. */
    | { readonly kind: "granted" }
    /** Refused for good by the rules or at the door: did not happen by this call. */
    | { readonly kind: "refused"; readonly code: string }
    /** No answer, or one that leaves it open: may have happened, once. */
    | { readonly kind: "unknown" };
}

/** One event as one client got it. */
export interface Delivery {
  readonly seq: number;
  /** What was in it: see `digestOf`. */
  readonly digest: string;
}

/** Everything one client was sent, over all its connections, in the order of arrival and without the SDK's or anybody's dedupe in between unless the client is one. */
export interface Watch {
  readonly client: string;
  readonly user: string;
  /** The position where it began: it is owed what comes after. */
  readonly from: number;
  /** The position up to which the server told it that nothing is still to come. */
  readonly to: number;
  readonly deliveries: readonly Delivery[];
  /** How often its cursor could not be honoured. */
  readonly resets: number;
}

/** A page of messages that a client read. */
export interface Page {
  readonly client: string;
  readonly user: string;
  /** Canonical id; undefined: everything the user may see. */
  readonly conversation: string | undefined;
  /** The page begins after this; undefined: it ends with the newest. */
  readonly after: number | undefined;
  /** Ascending, as the server promises. */
  readonly messages: readonly Delivery[];
}

/** All that the clients saw. */
export interface History {
  readonly operations: readonly Operation[];
  readonly watches: readonly Watch[];
  readonly pages: readonly Page[];
}

/** An event in a form that can be compared, whoever reported it. */
export function digestOf(event: {
  kind: string;
  conversation: string;
  actor: string;
  text?: string | undefined;
}): string {
  return JSON.stringify([event.kind, event.conversation, event.actor, event.text ?? ""]);
}
