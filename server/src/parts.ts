import type { AccountsOptions } from "./auth/accounts.ts";
import type { openEngine } from "./compose.ts";
import type { openProjection } from "./projection/open-projection.ts";

/**
 * What a simulation makes in its own way: what stands on files and sockets, what computes on other threads, and how much is remembered (of accounts,
 * addresses, tokens and handles, each), since it starts servers all the time.
 */
export interface Parts extends Pick<AccountsOptions, "passwords" | "accessTokens" | "commonPasswords" | "remembered"> {
  readonly openEngine?: typeof openEngine;
  readonly openProjection?: typeof openProjection;
}
