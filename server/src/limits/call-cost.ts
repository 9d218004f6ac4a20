/** What a call uses up beside its bytes. */
export interface CallCost {
  /** Points of work, taken before its body is read. A point is about a millisecond of the server's one thread. */
  readonly work: number;
  /** Points of work for each byte of its answer, taken afterwards. */
  readonly workPerByte?: number;
  /** Sign-ins, or the checks of a password. Where nobody is signed in yet the address alone pays. A password hash takes some 30 ms of a core. */
  readonly signIns?: number;
  /** What its success counts towards the account's quotas. */
  readonly quota?: "stored-bytes" | "rooms";
}

/** What calls cost, by class. A method's class stands in the table of methods. */
export const CALL_COSTS = {
  /** Answered from memory, whatever is asked. */
  light: { work: 0 },
  /** Writes to the log. */
  write: { work: 0, quota: "stored-bytes" },
  /** Makes a room, which stays. */
  room: { work: 10, quota: "rooms" },
  /** Reads messages: 256 KiB of them take some 3 ms. */
  page: { work: 0.5, workPerByte: 1 / (64 * 1024) },
  /** Looks at every person or room. */
  search: { work: 5 },
  /** Reads where a stream begins, and what came since. */
  stream: { work: 2 },
  /** Hashes a password. */
  signIn: { work: 0, signIns: 1 },
  /** Writes to the bucket of sessions. */
  refresh: { work: 0, signIns: 0.25 },
} as const satisfies Record<string, CallCost>;
