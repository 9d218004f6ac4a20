import { createHmac } from "node:crypto";
import { ChatError } from "../errors.ts";
import type { KeyValue, KeyValueStore } from "../key-value.ts";
import type { People } from "../people/people.ts";
import { NAME_PATTERN } from "../domain/names.ts";
import { isConflict } from "./conflict.ts";
import { emailKey, isEmail } from "./email.ts";
import { type AccountRecord, type EmailClaim, requireRecord } from "./records.ts";

/** An account and the revision it was read at. */
export interface StoredAccount {
  /** Person id. */
  readonly person: number;
  readonly record: AccountRecord;
  readonly revision: number;
}

/** The accounts of the system: buckets `accounts`, by person id, and `emails`, by the keyed hash of the address. */
export interface AccountStore {
  get(person: number): Promise<StoredAccount | undefined>;
  /** The active account with that handle (also with "@" before it, also an old one) or e-mail address, and the one name its failures are counted under. */
  find(login: string): Promise<{ name: string; account: StoredAccount | undefined }>;
  /** Makes the account of a person; one that the same registration made is fine. */
  create(person: number, record: AccountRecord): Promise<void>;
  /** Replaces the account as it was at that revision. @throws ChatError `aborted` when it has changed since. */
  update(person: number, record: AccountRecord, revision: number): Promise<void>;
  /** Removes the account, and its bytes from the disks. */
  erase(person: number): Promise<void>;
  /** Who holds an e-mail address. */
  claimOf(email: string): Promise<EmailClaim | undefined>;
  /** Takes an address for a registration. @throws ChatError `already_exists` where another one holds it */
  claimEmail(email: string, claim: EmailClaim): Promise<void>;
  /** Lets go of an address where this registration holds it. */
  releaseEmail(email: string, claimId: string): Promise<void>;
}

/**
 * @param options.people tells whose a handle is
 * @param options.secret hashes e-mail addresses: a key may stay in a store's files for long after its entry is gone
 */
export async function createAccountStore(options: {
  keyValue: KeyValueStore;
  people: Pick<People, "byHandle">;
  secret: Uint8Array;
}): Promise<AccountStore> {
  const accounts = await options.keyValue.bucket("accounts");
  const emails = await options.keyValue.bucket("emails");

  const keyOf = (email: string): string =>
    createHmac("sha256", options.secret)
      .update(`e-mail ${emailKey(email)}`)
      .digest("base64url");

  async function get(person: number): Promise<StoredAccount | undefined> {
    const entry = await accounts.get(String(person));
    return entry && { person, record: requireRecord("account", entry.value), revision: entry.revision };
  }

  async function active(person: number | undefined): Promise<StoredAccount | undefined> {
    const account = person === undefined ? undefined : await get(person);
    return account?.record.status === "active" ? account : undefined;
  }

  async function claimOf(email: string): Promise<EmailClaim | undefined> {
    return (await readClaim(emails, keyOf(email)))?.claim;
  }

  return {
    get,
    async find(login) {
      const text = login.trim();
      if (text.indexOf("@") > 0) {
        const account = await active(isEmail(text) ? (await claimOf(text))?.person : undefined);
        return { name: account ? String(account.person) : emailKey(text), account };
      }
      const handle = text.replace(/^@/, "").toLowerCase();
      const person = NAME_PATTERN.test(handle) ? options.people.byHandle(handle) : undefined;
      const account = await active(person?.removed === false ? person.id : undefined);
      return { name: account ? String(account.person) : handle, account };
    },
    async create(person, record) {
      try {
        await accounts.create(String(person), record);
      } catch (error) {
        if (!isConflict(error) || (await get(person))?.record.claimId !== record.claimId) throw error;
      }
    },
    async update(person, record, revision) {
      await accounts.update(String(person), record, revision);
    },
    async erase(person) {
      const account = await get(person);
      if (account) await accounts.erase(String(person), account.revision);
    },
    claimOf,
    async claimEmail(email, claim): Promise<void> {
      const key = keyOf(email);
      try {
        await emails.create(key, claim);
      } catch (error) {
        if (!isConflict(error)) throw error;
        const held = await readClaim(emails, key);
        if (held?.claim.claimId !== claim.claimId) throw emailTaken();
        if (held.claim.person === claim.person || claim.person === undefined) return;
        try {
          await emails.update(key, claim, held.revision);
        } catch (conflict) {
          // Another server finishes the same registration.
          if (!isConflict(conflict) || (await claimOf(email))?.person !== claim.person) throw conflict;
        }
      }
    },
    async releaseEmail(email, claimId) {
      const key = keyOf(email);
      const held = await readClaim(emails, key);
      if (held?.claim.claimId === claimId) await emails.erase(key, held.revision);
    },
  };
}

/** The address is another account's. */
export function emailTaken(): ChatError {
  const description = "There is an account with this e-mail address.";
  return new ChatError("already_exists", description, {
    details: { reason: "EMAIL_TAKEN", fields: [{ field: "email", description }] },
  });
}

async function readClaim(emails: KeyValue, key: string): Promise<{ claim: EmailClaim; revision: number } | undefined> {
  const entry = await emails.get(key);
  return entry && { claim: requireRecord("e-mail claim", entry.value), revision: entry.revision };
}
