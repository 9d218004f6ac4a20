import type { Logger } from "pino";
import { workClientId } from "../client-id.ts";
import { PLATFORM_TIMERS, type Timers } from "../environment.ts";
import { ChatError } from "../errors.ts";
import type { KeyValueStore } from "../key-value.ts";
import type { People } from "../people/people.ts";
import type { AccountStore } from "./account-store.ts";
import { isConflict } from "./conflict.ts";
import { type RegistrationRecord, type RemovalRecord, requireRecord, type UnfinishedRecord } from "./records.ts";
import type { Sessions } from "./sessions.ts";
import type { SignIns } from "./sign-ins.ts";

/** Work that has been going on for longer was cut off, and is finished by whichever server sees it. */
export const WORK_MAX_MS = 30_000;

/** How often a server looks for work that was cut off. */
const SWEEP_MS = 60_000;

/**
 * What takes several steps over buckets and log: making an account, and removing one. What is to be done is stored first, each step can be done
 * again, and the note goes last: so a crash between any two steps leaves nothing half done for good. Somebody who asks again, or the next sweep of any
 * server, finishes it.
 */
export interface AccountWork {
  /**
   * Makes a person with an account. A repeat with the same claim id finishes what was begun.
   * @throws ChatError `already_exists` naming `username` or `email`; `unavailable` when a store is: then it may have been made.
   */
  register(registration: Omit<RegistrationRecord, "kind" | "startedAt">, claimId: string): Promise<number>;
  /** A registration with this claim id that has begun here or elsewhere and is not done. */
  begun(claimId: string): Promise<RegistrationRecord | undefined>;
  /** Removes a person's account; a repeat goes on. */
  remove(person: number, options: { withMessages: boolean }): Promise<void>;
  /** Goes on with the removal of a person's account, where one has begun here or elsewhere; then the account is gone. False: none has. */
  goOnRemoving(person: number): Promise<boolean>;
  /** Finishes what was cut off. */
  sweep(): Promise<void>;
  /** Stops sweeping. */
  close(): void;
}

/** @param options.clock ms since 1970 */
export async function createAccountWork(options: {
  keyValue: KeyValueStore;
  store: AccountStore;
  people: People;
  sessions: Pick<Sessions, "endAllOf">;
  signIns: Pick<SignIns, "forget">;
  deleteMessages: (person: number) => Promise<void>;
  clock: () => number;
  logger: Logger;
  timers?: Timers | undefined;
}): Promise<AccountWork> {
  const { store, people, sessions, clock, logger, timers = PLATFORM_TIMERS } = options;
  const bucket = await options.keyValue.bucket("account-work");

  /** Notes what is to be done; gives what was noted already, where this is a repeat. */
  async function note<T extends UnfinishedRecord>(id: string, work: T): Promise<T> {
    try {
      await bucket.create(id, work);
      return work;
    } catch (error) {
      if (!isConflict(error)) throw error;
      const entry = await bucket.get(id);
      return entry ? (requireRecord("unfinished", entry.value) as T) : note(id, work);
    }
  }

  /** The note of a registration holds names, address and password hash. */
  async function forget(claimId: string): Promise<void> {
    const entry = await bucket.get(claimId);
    try {
      if (entry) await bucket.erase(claimId, entry.revision);
    } catch (error) {
      // Another server has finished the same registration, and its note is gone; or a third one has noted it again since, and forgets that note itself.
      if (!isConflict(error)) throw error;
    }
  }

  async function finishRegistration(claimId: string, work: RegistrationRecord): Promise<number> {
    const { handle, displayName, email, passwordHash, startedAt } = work;
    let person: number;
    try {
      await store.claimEmail(email, { claimId, claimedAt: startedAt });
      person = await people.add({ handle, displayName, clientId: workClientId(`registration ${claimId}`) });
    } catch (error) {
      if (error instanceof ChatError && ["already_exists", "invalid_argument"].includes(error.code)) {
        await store.releaseEmail(email, claimId);
        await forget(claimId);
      }
      throw error;
    }
    await store.create(person, { status: "active", email, passwordHash, claimId, createdAt: startedAt });
    await store.claimEmail(email, { claimId, claimedAt: startedAt, person });
    await forget(claimId);
    return person;
  }

  async function finishRemoval(id: string, { person, withMessages }: RemovalRecord): Promise<void> {
    if (withMessages) await options.deleteMessages(person);
    await sessions.endAllOf(person);
    const account = await store.get(person);
    if (account) await store.releaseEmail(account.record.email, account.record.claimId);
    // What was sent from another session meanwhile: last of all, since nothing can be deleted after the next step.
    if (withMessages) await options.deleteMessages(person);
    await people.remove(person, { withMessages, clientId: workClientId(`removal ${person}`) });
    // What began meanwhile. Nobody is let in by it any more.
    await sessions.endAllOf(person);
    await store.erase(person);
    await options.signIns.forget(person);
    await bucket.delete(id);
    logger.info({ security: "account-removed", person }, "an account was removed");
  }

  async function sweep(): Promise<void> {
    const stop = new AbortController();
    const found: [id: string, work: UnfinishedRecord][] = [];
    for await (const change of bucket.watch({ signal: stop.signal })) {
      if (change.state === "current") stop.abort();
      else if (change.state === "set") found.push([change.key, requireRecord("unfinished", change.value)]);
    }
    for (const [id, work] of found) {
      if (work.startedAt + WORK_MAX_MS > clock()) continue;
      try {
        if (work.kind === "registration") await finishRegistration(id, work);
        else await finishRemoval(id, work);
      } catch (error) {
        // A registration whose name or address is somebody else's is done with; all else is tried again by the next sweep.
        logger.warn({ err: error, kind: work.kind }, "unfinished account work could not be finished");
      }
    }
  }

  const timer = timers.setInterval(() => {
    sweep().catch((error: unknown) => logger.warn({ err: error }, "unfinished account work can't be looked for"));
  }, SWEEP_MS);

  return {
    async register(registration, claimId) {
      const work = await note<RegistrationRecord>(claimId, {
        ...registration,
        kind: "registration",
        startedAt: clock(),
      });
      return finishRegistration(claimId, work);
    },
    async begun(claimId) {
      const entry = await bucket.get(claimId);
      const work = entry && requireRecord("unfinished", entry.value);
      return work?.kind === "registration" ? work : undefined;
    },
    async goOnRemoving(person) {
      const id = removalId(person);
      const entry = await bucket.get(id);
      const work = entry && requireRecord("unfinished", entry.value);
      if (work?.kind !== "removal") return false;
      await finishRemoval(id, work);
      return true;
    },
    async remove(person, { withMessages }) {
      const id = removalId(person);
      await finishRemoval(
        id,
        await note<RemovalRecord>(id, { kind: "removal", person, withMessages, startedAt: clock() }),
      );
    },
    sweep,
    close: () => timers.clearInterval(timer),
  };
}

/** The key of its note. */
function removalId(person: number): string {
  return `removal-${person}`;
}
