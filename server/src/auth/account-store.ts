import type { Logger } from "pino";
import { NAME_PATTERN } from "../domain/address.ts";
import { ChatError } from "../errors.ts";
import type { KeyValue, KeyValueEntry, KeyValueStore } from "../key-value.ts";
import { isConflict } from "./conflict.ts";
import { emailKey, isEmail } from "./email.ts";
import { type AccountRecord, requireRecord } from "./records.ts";

/** A registration that takes longer than this was cut off: what it holds may be taken over. */
export const REGISTRATION_MAX_MS = 30_000;

/** Races lost to other registrations before giving up. */
const CLAIM_ATTEMPTS = 8;

/** An account and the revision it was read or written at. */
export interface StoredAccount {
  readonly record: AccountRecord;
  readonly revision: number;
}

/** What a new account is made of; checked by whoever calls. */
export type NewAccount = Pick<AccountRecord, "handle" | "email" | "displayName" | "passwordHash">;

/**
 * The accounts of the system: buckets `accounts` (by handle) and `emails` (claims, by e-mail key).
 *
 * **Uniqueness.** The store compares and sets one key at a time, so a registration goes in steps, in a fixed order:
 * 1. the handle: `accounts/<handle>` is created, `pending`, with a claim id of this registration;
 * 2. the address: `emails/<key>` is created, naming the handle and the claim id; where it is taken, step 1 is undone;
 * 3. `accounts/<handle>` becomes `active`, provided it is still as step 1 left it.
 *
 * An e-mail claim holds only while the account it names carries its claim id. What a registration left that was cut off is taken over after
 * {@link REGISTRATION_MAX_MS}: a pending account by writing over it, an e-mail claim after removing the pending account it belongs to.
 * Either makes step 3 of the slow registration fail should it wake up again, so clocks that disagree cost somebody a second try and never
 * make two owners.
 */
export interface AccountStore {
  get(handle: string): Promise<StoredAccount | undefined>;
  /** The active account with that handle (also with "@" before it) or e-mail address, and the one name its failures are counted under. */
  find(login: string): Promise<{ name: string; account: StoredAccount | undefined }>;
  /** Refuses early what `create` would refuse. @throws ChatError `already_exists` with every field that is taken. */
  assertFree(handle: string, email: string): Promise<void>;
  /**
   * Makes an account. Of several servers that make the same one under the same claim id, all get it.
   * @throws ChatError `already_exists` naming `username` or `email`; `unavailable` when the store is: then it may have been made.
   */
  create(account: NewAccount, claimId: string): Promise<KeyValueEntry>;
  /** Replaces the account as it was at that revision. @throws ChatError `aborted` when it has changed since. */
  update(account: AccountRecord, revision: number): Promise<void>;
  /** For those who follow it. */
  readonly bucket: KeyValue;
}

/** @param options.clock ms since 1970 */
export async function createAccountStore(options: {
  keyValue: KeyValueStore;
  clock: () => number;
  logger: Logger;
}): Promise<AccountStore> {
  const { keyValue, clock, logger } = options;
  const accounts = await keyValue.bucket("accounts");
  const emails = await keyValue.bucket("emails");

  const get = async (handle: string): Promise<StoredAccount | undefined> => {
    const entry = await accounts.get(handle);
    return entry && { record: requireRecord("account", entry.value), revision: entry.revision };
  };

  /** The account that an e-mail claim stands for, if the claim holds. */
  const holderOf = async (claim: KeyValueEntry): Promise<StoredAccount | undefined> => {
    const { handle, claimId } = requireRecord("e-mail claim", claim.value);
    const account = await get(handle);
    return account?.record.claimId === claimId ? account : undefined;
  };

  const isAbandoned = ({ status, createdAt }: AccountRecord): boolean =>
    status === "pending" && createdAt + REGISTRATION_MAX_MS <= clock();

  const claimHandle = (pending: AccountRecord): Promise<StoredAccount> =>
    retryConflicts(async () => {
      const { handle } = pending;
      const found = await get(handle);
      if (!found) return { record: pending, revision: await accounts.create(handle, pending) };
      if (found.record.claimId === pending.claimId) return found;
      if (!isAbandoned(found.record)) throw taken(["username"]);
      return { record: pending, revision: await accounts.update(handle, pending, found.revision) };
    });

  const claimEmail = ({ handle, claimId, emailKey: key }: AccountRecord): Promise<void> =>
    retryConflicts(async () => {
      const found = await emails.get(key);
      if (!found) return void (await emails.create(key, { handle, claimId }));
      const holder = await holderOf(found);
      if (holder?.record.claimId === claimId) return;
      if (holder && !isAbandoned(holder.record)) throw taken(["email"]);
      if (holder) await accounts.delete(holder.record.handle, holder.revision);
      await emails.update(key, { handle, claimId }, found.revision);
    });

  const activate = async (pending: StoredAccount): Promise<KeyValueEntry> => {
    const { handle, claimId } = pending.record;
    const value: AccountRecord = { ...pending.record, status: "active" };
    try {
      return { key: handle, value, revision: await accounts.update(handle, value, pending.revision) };
    } catch (error) {
      if (!isConflict(error)) throw error;
      const now = await get(handle);
      // Done already, by another server or by a write of ours whose answer was lost.
      if (now?.record.claimId === claimId && now.record.status !== "pending") return entryOf(now);
      // Too slow and taken over. The e-mail claim that is left names an account that does not carry it: it holds nothing.
      throw taken(["username"]);
    }
  };

  return {
    bucket: accounts,
    get,

    async find(login) {
      const text = login.trim();
      if (text.indexOf("@") > 0) {
        const key = emailKey(text);
        const claim = isEmail(text) ? await emails.get(key) : undefined;
        const account = claim && (await holderOf(claim));
        return account?.record.status === "active"
          ? { name: account.record.handle, account }
          : { name: key, account: undefined };
      }
      const handle = text.replace(/^@/, "").toLowerCase();
      const account = NAME_PATTERN.test(handle) ? await get(handle) : undefined;
      return { name: handle, account: account?.record.status === "active" ? account : undefined };
    },

    async assertFree(handle, email) {
      const fields: TakenField[] = [];
      const account = await get(handle);
      if (account && !isAbandoned(account.record)) fields.push("username");
      const claim = await emails.get(emailKey(email));
      const holder = claim && (await holderOf(claim));
      if (holder && !isAbandoned(holder.record)) fields.push("email");
      if (fields.length > 0) throw taken(fields);
    },

    async create(account, claimId) {
      const key = emailKey(account.email);
      const pending: AccountRecord = { ...account, status: "pending", emailKey: key, claimId, createdAt: clock() };
      const held = await claimHandle(pending);
      if (held.record.status !== "pending") return entryOf(held);
      try {
        await claimEmail(held.record);
      } catch (error) {
        await accounts.delete(account.handle, held.revision).catch((reason: unknown) => {
          // Then it is taken over in a while, by whoever wants the name.
          logger.warn({ err: reason, handle: account.handle }, "a registration could not be undone");
        });
        throw error;
      }
      return activate(held);
    },

    async update(account, revision) {
      await accounts.update(account.handle, account, revision);
    },
  };
}

function entryOf({ record, revision }: StoredAccount): KeyValueEntry {
  return { key: record.handle, value: record, revision };
}

/** Does it again while somebody else got there first. */
async function retryConflicts<T>(step: () => Promise<T>): Promise<T> {
  for (let attempt = 0; attempt < CLAIM_ATTEMPTS; attempt++) {
    try {
      return await step();
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
  throw new ChatError("unavailable", "Too many registrations at once. Try again in a moment.");
}

type TakenField = "username" | "email";

function taken(fields: readonly TakenField[]): ChatError {
  const words = { username: "This name is taken.", email: "There is an account with this e-mail address." };
  return new ChatError("already_exists", fields.map((field) => words[field]).join(" "), {
    details: { fields: fields.map((field) => ({ field, description: words[field] })) },
  });
}
