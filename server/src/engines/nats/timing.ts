/**
 * How long things may take on NATS, with reasons. An election of a stream's leader takes 4 to 9 s; whoever waits, waits a little longer than that.
 */

/** An append is tried again for so long before its caller is told that the log can't be reached. */
export const APPEND_MAX_MS = 10_000;

/** One try. A publish that is answered takes milliseconds; without a leader the answer "nobody there" comes at once. */
export const ATTEMPT_MS = 2_000;

/** Between two tries. */
export const RETRY_MS = 100;

/** State (accounts, sessions) is asked for and changed for so long. */
export const KEY_VALUE_MAX_MS = 10_000;

/** The client pings its server this often; two unanswered pings mean another server is tried. */
export const PING_INTERVAL_MS = 10_000;

/** Between two tries to reconnect, with jitter, for ever. */
export const RECONNECT_WAIT_MS = 250;

/** A pull lasts this long, with a heartbeat twice: a silent stall is noticed in seconds (the default is 30 s). */
export const PULL_EXPIRES_MS = 5_000;

/** A reader that got nothing for so long asks whether there is something. Twice nothing though there is: its consumer is made anew. */
export const STALL_CHECK_MS = 5_000;

/** Bytes that may wait in a reader. */
export const PULL_MAX_BYTES = 8 * 1024 * 1024;

/** A failed append says so in the server's readiness for this long. */
export const APPEND_FAILURE_SHOWN_MS = 30_000;
