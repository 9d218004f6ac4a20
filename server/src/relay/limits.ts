/** A heartbeat comes at least this often. Clients give a stream up after two missed ones. */
export const HEARTBEAT_MS = 20_000;

/** Bytes that may wait for a slow reader; past this its stream ends with RESOURCE_EXHAUSTED and the client resumes from its cursor. */
export const STREAM_QUEUE_MAX_BYTES = 1024 * 1024;

/** How long bytes may wait without any of them being taken, before the peer counts as dead. */
export const STREAM_STALL_MS = 30_000;

/**
 * Streams end after this long and are resumed by their clients at once, so that load spreads again after a server came or went. A third
 * of it is jitter.
 */
export const STREAM_MAX_AGE_MS = 15 * 60_000;

/** Rows of one catch-up write. */
export const CATCH_UP_PAGE_ROWS = 256;

/** And bytes of them: what a stream holds for a reader that catches up. Far below what may wait, so that no page of its own makes a reader slow. */
export const CATCH_UP_PAGE_BYTES = 256 * 1024;
