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

/** A reader that got nothing for so long asks the stream whether there is something. */
export const SILENCE_CHECK_MS = 2_000;

/**
 * How often a reader looks whether it is behind what the stream is known to have. Behind at the same place for two looks: its consumer is made anew. After
 * an election this is what a sender waits for beyond NATS itself, for a message is acknowledged when it has been read here.
 */
export const STALL_LOOK_MS = 50;

/** For the same place a consumer is made anew no more often than this. */
export const STALL_REPEAT_MS = 5_000;

/** Bytes that may wait in a reader. */
export const PULL_MAX_BYTES = 8 * 1024 * 1024;

/** A failed append says so in the server's readiness for this long. */
export const APPEND_FAILURE_SHOWN_MS = 30_000;

/** Readers that are made anew to find a record in another copy. Of three copies one is missed by all of them once in 3,000 times. */
export const COPY_TRIES = 20;

/** How long such a reader may take. The least that NATS takes. */
export const COPY_ASK_MS = 1_000;

/** A record that no copy has is looked for so long, before it counts as lost: the node that has it may be away for a restart. */
export const COPY_SEARCH_MS = 30_000;

/** Between two searches. */
export const COPY_SEARCH_PAUSE_MS = 1_000;

/** How often a server asks whether the log is there. */
export const PROBE_MS = 3_000;

/** Past an election, a log that still does not answer is told in the server's readiness. */
export const PROBE_FAILED_SHOWN_MS = 9_000;

/**
 * Once one append has waited {@link APPEND_MAX_MS} in vain, those behind it wait this long each until one works again: an outage is waited for once, not by each
 * record in turn.
 */
export const APPEND_AGAIN_MS = 2_500;

/** A node through which the log does not answer is left for the next one, and that one no sooner than this: it needs to be found missing too. */
export const DEAF_NODE_LEFT_MS = 15_000;
