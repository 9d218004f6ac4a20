import type { Logger } from "pino";
import type { Config } from "../config.ts";

/** What a command works with. */
export interface AdminContext {
  /** The same settings as the servers'. */
  readonly config: Config;
  /** What stands behind the command's name. */
  readonly args: readonly string[];
  readonly reason: string | undefined;
  /** Whether the operator said so beforehand (`--yes`). */
  readonly yes: boolean;
  readonly say: (line: string) => void;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** ms since 1970 */
  readonly now: () => number;
}

/** One command of `npm run admin`. */
export interface AdminCommand {
  /** One word or two. */
  readonly name: string;
  /** What stands behind the name in the help. */
  readonly usage: string;
  readonly summary: string;
  /** @throws ChatError; `invalid_argument` for what was typed wrong */
  run(context: AdminContext): Promise<void>;
}
