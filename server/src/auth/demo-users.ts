import type { Logger } from "pino";
import { ChatError } from "../errors.ts";
import type { People } from "../people/people.ts";
import type { AccountWork } from "./account-work.ts";
import type { PasswordHasher } from "./password-hasher.ts";

/** Handles of the people everybody can try the system as. Never in production: their password is known. */
export const DEMO_HANDLES = ["mehdi", "mehdi1", "mehdi2"] as const;

/** Password of every demo user; shorter than people may choose. */
export const DEMO_PASSWORD = "000000";

/**
 * Makes the demo users that are missing. Several servers may do so at once: they share a claim id per user, so the slower ones find done what
 * they were about to do, and a start that was cut off is completed by the next one. A name or address that a person has taken stays theirs.
 */
export async function makeDemoUsers(options: {
  people: Pick<People, "byHandle">;
  work: AccountWork;
  hasher: PasswordHasher;
  logger: Logger;
}): Promise<void> {
  const { people, work, hasher, logger } = options;
  for (const handle of DEMO_HANDLES) {
    const claimId = `demo-${handle}`;
    if (people.byHandle(handle) && !(await work.begun(claimId))) continue;
    const passwordHash = await hasher.hash(DEMO_PASSWORD);
    const user = { handle, email: `${handle}@yahoo.com`, displayName: handle, passwordHash };
    try {
      await work.register(user, claimId);
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== "already_exists") throw error;
      logger.warn({ handle }, "a demo user was not made: its name or e-mail address is somebody else's");
    }
  }
}
