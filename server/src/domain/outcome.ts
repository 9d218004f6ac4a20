/** gRPC codes with which rules refuse. */
export type RefusalCode =
  | "invalid_argument"
  | "permission_denied"
  | "not_found"
  | "already_exists"
  | "failed_precondition"
  | "resource_exhausted"
  | "unavailable";

/** Why an event does not happen. */
export interface Refusal {
  /** Stable, for programs: google.rpc.ErrorInfo.reason. Part of the state hash. */
  readonly reason: string;
  readonly code: RefusalCode;
  /** For people. `where` is the conversation as the caller wrote it. */
  readonly words: (where: string) => string;
  /** The field of the request that it is about, where there is one. */
  readonly field?: string;
  /** What was asked for is so already: the caller is answered as if it had just happened. */
  readonly asGood?: boolean;
}

/** What an event at its place in the log comes to. */
export type Outcome =
  | { readonly kind: "accepted" }
  /** Its client_id was used before; `seq` is that of the first event. */
  | { readonly kind: "duplicate"; readonly seq: number }
  /** This release does not read its kind, of this number. It keeps its place and its client_id, and changes nothing here. */
  | { readonly kind: "unknown"; readonly number: number }
  | { readonly kind: "refused"; readonly refusal: Refusal };
