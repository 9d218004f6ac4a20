/** Bytes of a request's headers. */
export const HEADERS_MAX_BYTES = 16 * 1024;

/** Largest request message, in bytes: 10,000 code points as JSON escapes, with room. */
export const MESSAGE_MAX_BYTES = 256 * 1024;

/** Connections of all ports together, where the process may open as many descriptors (see descriptors.ts). */
export const CONNECTIONS_MAX = 30_000;

/** Connections of one address: a company behind one address, with a few tabs each. Never more than half of all there may be. */
export const CONNECTIONS_PER_ADDRESS = 1_000;

/** What a request is counted as. A watch is a stream that needs no account: health and reflection. */
export const REQUEST_KINDS = ["call", "stream", "watch"] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

/**
 * Open requests of an address and of all: a call takes milliseconds, so a thousand at a time is far beyond any honest client; a stream stays open, one for each
 * device; a watch belongs to a load balancer or to a person with grpcurl, of whom there are few.
 */
export const OPEN_REQUESTS: Readonly<Record<RequestKind, { readonly perAddress: number; readonly total: number }>> = {
  call: { perAddress: 1_000, total: 10_000 },
  stream: { perAddress: 1_000, total: 25_000 },
  watch: { perAddress: 16, total: 256 },
};

/**
 * New connections of one address: it may open as many at once as it may hold, and then this share of them each second. A thousand people behind one address come
 * back at once after a restart; nobody opens fifty a second for long.
 */
export const OPENINGS_PER_SECOND = 0.05;

/** Addresses whose openings are remembered: some 100 bytes each. */
export const OPENERS_MAX = 20_000;

/**
 * Open requests for streams, as a multiple of the streams that a server has places for (`STREAMS_MAX`) where those are many: a request that finds no place is still
 * answered by its call, in words.
 */
export const REQUESTS_PER_STREAM = 1.25;

/** Bytes of request bodies that have begun and not ended, of one address and of all: 64 and 512 of the largest messages. */
export const BODY_BYTES = { perAddress: 64 * MESSAGE_MAX_BYTES, total: 512 * MESSAGE_MAX_BYTES } as const;

/**
 * Requests over HTTP/2 that a peer takes back before it has the answer, within {@link RESET_WINDOW_MS}: on one connection, and from one address. A page that is
 * left while it loads takes back a dozen. Past the bound each further one costs its connection, and an address gets no new ones until the window has passed.
 */
export const RESETS = { perConnection: 300, perAddress: 1_000 } as const;

/**
 * The same in nghttp2, for a proxy's connection as well: a token bucket that stops in the middle of what has arrived. The count above sees a reset only when
 * everything that arrived with it is read, and 64 KB hold a thousand requests.
 */
export const RESET_BURST = { burst: 300, perSecond: 100 } as const;

/**
 * What an HTTP/2 connection may hold before Node refuses its streams, in MB. Node 26 never takes off what still waited in a stream that was reset, 64 KB as a rule, so
 * a connection with many of those would refuse everything one day: after {@link RESETS_EVER} it takes no more requests, and its client opens another one.
 */
export const SESSION_MEMORY_MB = 64;
export const RESETS_EVER = 500;
export const RESET_WINDOW_MS = 10_000;

/** Streams at a time of one HTTP/2 connection. */
export const CONCURRENT_STREAMS_MAX = 256;

/** What an HTTP/2 stream may send before the server has read it; unary requests are small. */
export const STREAM_WINDOW_BYTES = 256 * 1024;

/** How long a new connection may take to say which protocol it speaks. */
export const PREFACE_TIMEOUT_MS = 10_000;

/** How long a request's headers may take. */
export const HEADERS_TIMEOUT_MS = 10_000;

/** How long a whole request may take to arrive. */
export const REQUEST_TIMEOUT_MS = 60_000;

/** How long a TLS handshake may take. */
export const TLS_HANDSHAKE_TIMEOUT_MS = 10_000;

/** How long a call or a file may take from its first byte to the last one of its answer: 300 KB at 1 KB/s. Streams are exempt. */
export const ANSWER_TIMEOUT_MS = 300_000;

/** How often connections and requests are held against the limits above. */
export const TIMEOUT_CHECK_MS = 2_000;

/** How long an idle connection is kept: longer than the 60 s of common proxies. */
export const KEEP_ALIVE_MS = 75_000;

/** How often an HTTP/2 peer is pinged. */
export const PING_INTERVAL_MS = 15_000;

/** How long the answer to a ping may take before the peer counts as dead. */
export const PING_TIMEOUT_MS = 10_000;

/** When an idle TCP connection is probed by the system. */
export const TCP_KEEP_ALIVE_MS = 10_000;

/**
 * How often the kernel is asked which HTTP/1.1 peers acknowledge nothing, while there are any. An answer takes 9 ms of CPU with a hundred connections
 * and 33 ms with four thousand of which both ends are on the machine: 0.2 and 0.8 percent of a core.
 */
export const DEAD_PEER_LOOK_MS = 4_000;

/**
 * A peer that answered none of the kernel's tries from one look to the next is gone: with a heartbeat every 20 s, which brings the first of them, and two looks
 * it is dropped within 30 s of its last sign of life.
 */
export const DEAD_PEER_SILENT_MS = DEAD_PEER_LOOK_MS - 200;

/** So many tries at least: where the way is long there are few of them in that time. */
export const DEAD_PEER_TRIES = 3;
