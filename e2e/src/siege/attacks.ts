import { abortedDownloads } from "./aborted-downloads.ts";
import type { Attack } from "./attack.ts";
import { fuzzedCalls } from "./fuzzed-calls.ts";
import { halfBodies } from "./half-bodies.ts";
import { resetRequests } from "./reset-requests.ts";
import { watchStreams } from "./watch-streams.ts";

export type { Attack, AttackTarget, Tally } from "./attack.ts";

/** All of them, in the order in which they are made. */
export const ATTACKS: readonly Attack[] = [abortedDownloads, watchStreams, resetRequests, halfBodies, fuzzedCalls];
