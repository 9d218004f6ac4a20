/** Bytes of a request's headers. */
export const HEADERS_MAX_BYTES = 16 * 1024;

/** Largest request message, in bytes: 10,000 code points as JSON escapes, with room. */
export const MESSAGE_MAX_BYTES = 256 * 1024;

/** Connections of one port. */
export const CONNECTIONS_MAX = 30_000;

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

/** How often HTTP/1.1 connections are held against the two limits above. */
export const TIMEOUT_CHECK_MS = 2_000;

/** How long an idle HTTP/1.1 connection is kept: longer than the 60 s of common proxies. */
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
