import type { Logger } from "pino";
import { ChatError } from "../errors.ts";
import type { KeyValueEntry } from "../key-value.ts";
import type { AccountStore } from "./account-store.ts";
import type { PasswordHasher } from "./password-hasher.ts";

/** Handles of the people everybody can try the system as. Never in production: their password is known. */
export const DEMO_HANDLES = ["mehdi", "mehdi1", "mehdi2"] as const;

/** Password of every demo user; shorter than people may choose. */
export const DEMO_PASSWORD = "000000";

/**
 * Makes the demo users that are missing. Several servers may do so at once: they share a claim id per user, so whoever is slower finds done what
 * it was about to do, and a start that was cut off is completed by the next one. A name or address that a person has taken stays theirs.
 *
 * @param options.onMade is given each account that was made or completed.
 */
export async function makeDemoUsers(options: {
  store: AccountStore;
  hasher: PasswordHasher;
  logger: Logger;
  onMade: (account: KeyValueEntry) => void;
}): Promise<void> {
  const { store, hasher, logger } = options;
  for (const handle of DEMO_HANDLES) {
    const account = await store.get(handle);
    if (account && account.record.status !== "pending") continue;
    const passwordHash = await hasher.hash(DEMO_PASSWORD);
    const user = { handle, email: `${handle}@yahoo.com`, displayName: handle, passwordHash };
    try {
      options.onMade(await store.create(user, `demo-${handle}`));
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== "already_exists") throw error;
      logger.warn({ handle }, "a demo user was not made: its name or e-mail address is somebody else's");
    }
  }
}
