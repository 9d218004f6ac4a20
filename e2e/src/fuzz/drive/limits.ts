/** Longer than any wait of the server's own: a cursor ahead of the log is waited for 10 s. */
export const ANSWER_MS = 12_000;

/** A stream that has begun is left to go on for so long. */
export const STREAM_MS = 30;

/** After the last byte of a request that is not whole. */
export const HALF_MS = 60;

/** What is kept of an answer, in bytes. */
export const BODY_MAX_BYTES = 4 * 1024 * 1024;
