import type { Environment } from "../environment.ts";
import type { ClientStorage } from "../storage/storage.ts";

const KEY = "registration";

/** The registration whose answer has not come: its repeat carries the same client_id, so that it finishes what was begun. */
export interface Registrations {
  /** The client_id for this person. */
  begin(person: { readonly email: string; readonly username: string }): string;
  /** The server has answered. */
  end(): void;
}

interface Attempt {
  readonly email: string;
  readonly username: string;
  readonly clientId: string;
}

/** Kept in storage, because a page may be loaded again before the repeat. Never holds the password. */
export function createRegistrations(
  storage: ClientStorage,
  { logger, ids }: Pick<Environment, "logger" | "ids">,
): Registrations {
  const stored = (written: Promise<void>): void =>
    void written.catch((error: unknown) => logger.warn("registration not stored", { error: String(error) }));
  let attempt = storage.get(KEY) as Attempt | undefined;
  return {
    begin({ email, username }) {
      if (attempt?.email !== email || attempt.username !== username) {
        attempt = { email, username, clientId: ids() };
        stored(storage.set(KEY, attempt));
      }
      return attempt.clientId;
    },
    end() {
      attempt = undefined;
      stored(storage.delete(KEY));
    },
  };
}
