import type { AccountsOptions } from "./auth/accounts.ts";
import type { openEngine } from "./compose.ts";
import type { openProjection } from "./projection/open-projection.ts";

/** What a simulation makes in its own way: what stands on files and sockets, and what computes on other threads. */
export interface Parts extends Pick<AccountsOptions, "passwords" | "accessTokens" | "commonPasswords"> {
  readonly openEngine?: typeof openEngine;
  readonly openProjection?: typeof openProjection;
}
