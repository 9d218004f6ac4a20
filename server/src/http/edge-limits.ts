import {
  ANSWER_TIMEOUT_MS,
  BODY_BYTES,
  CONNECTIONS_MAX,
  CONNECTIONS_PER_ADDRESS,
  HEADERS_TIMEOUT_MS,
  KEEP_ALIVE_MS,
  OPENINGS_PER_SECOND,
  OPEN_REQUESTS,
  REQUEST_TIMEOUT_MS,
  REQUESTS_PER_STREAM,
  type RequestKind,
  RESET_WINDOW_MS,
  RESETS,
  RESETS_EVER,
  TIMEOUT_CHECK_MS,
  TLS_HANDSHAKE_TIMEOUT_MS,
} from "./limits.ts";
import type { Rate } from "../limits/token-buckets.ts";

/** A bound for each address and one for all together. */
export interface Bound {
  readonly perAddress: number;
  readonly total: number;
}

/** What the ports allow. `limits.ts` has the reasons. */
export interface EdgeLimits {
  readonly connections: Bound;
  /** New connections of one address. */
  readonly openings: Rate;
  readonly requests: Readonly<Record<RequestKind, Bound>>;
  readonly bodyBytes: Bound;
  readonly resets: { readonly perConnection: number; readonly perAddress: number };
  /** Resets in the life of a connection, after which it takes no more requests. */
  readonly resetsEver: number;
  readonly resetWindowMs: number;
  readonly handshakeMs: number;
  /** From the opening of a connection to the end of its first request's headers. */
  readonly headersMs: number;
  /** From a request's headers to the end of its body. */
  readonly requestMs: number;
  /** From a call's headers to the end of its answer. */
  readonly answerMs: number;
  readonly idleMs: number;
  readonly checkMs: number;
}

export const EDGE_LIMITS: EdgeLimits = {
  connections: { perAddress: CONNECTIONS_PER_ADDRESS, total: CONNECTIONS_MAX },
  openings: openingsOf(CONNECTIONS_PER_ADDRESS),
  requests: OPEN_REQUESTS,
  bodyBytes: BODY_BYTES,
  resets: RESETS,
  resetsEver: RESETS_EVER,
  resetWindowMs: RESET_WINDOW_MS,
  handshakeMs: TLS_HANDSHAKE_TIMEOUT_MS,
  headersMs: HEADERS_TIMEOUT_MS,
  requestMs: REQUEST_TIMEOUT_MS,
  answerMs: ANSWER_TIMEOUT_MS,
  idleMs: KEEP_ALIVE_MS,
  checkMs: TIMEOUT_CHECK_MS,
};

/**
 * The limits of this process.
 * @param options.connections how many its descriptors allow
 * @param options.connectionsPerAddress 0: no bound for one address. Undefined: the default, or half of all where that is less
 * @param options.streamsPerAddress places of streams (`limits/settings.ts`)
 * @param options.streams as well: no port refuses a stream that the server has a place for
 */
export function edgeLimits(options: {
  connections: number;
  connectionsPerAddress: number | undefined;
  streamsPerAddress: number;
  streams: number;
}): EdgeLimits {
  const { connections: total, connectionsPerAddress, streamsPerAddress, streams } = options;
  const perAddress = connectionsPerAddress ?? Math.min(CONNECTIONS_PER_ADDRESS, Math.floor(total / 2));
  const streamRequests = Math.max(OPEN_REQUESTS.stream.total, Math.ceil(streams * REQUESTS_PER_STREAM));
  return {
    ...EDGE_LIMITS,
    connections: { perAddress: perAddress || Infinity, total },
    openings: openingsOf(perAddress || Infinity),
    requests: { ...OPEN_REQUESTS, stream: { perAddress: streamsPerAddress, total: streamRequests } },
  };
}

function openingsOf(connections: number): Rate {
  return { burst: connections, perSecond: connections * OPENINGS_PER_SECOND };
}
