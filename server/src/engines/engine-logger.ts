import type { Logger } from "pino";

/** What an engine needs of the server's logger. */
export type EngineLogger = Pick<Logger, "info" | "warn" | "error">;
