import type { Logger } from "pino";
import type { KeyValue, KeyValueEntry } from "../key-value.ts";
import type { Directory, PublicUser } from "./auth.ts";
import { createBucketView } from "./bucket-view.ts";
import { lookOf } from "./look.ts";
import { readRecord } from "./records.ts";

/** The directory and what keeps it. */
export interface DirectoryView {
  readonly directory: Directory;
  readonly ready: Promise<void>;
  /** Takes over an account this server wrote or read itself, ahead of the watch. */
  put(entry: KeyValueEntry): void;
  /** Never rejects. */
  close(): Promise<void>;
}

interface Person {
  readonly user: PublicUser;
  /** Display name in lower case. */
  readonly name: string;
}

/** Everybody with an active account, from the bucket of accounts. Registrations under way and disabled accounts are left out. */
export function createDirectory(options: { accounts: KeyValue; logger: Logger }): DirectoryView {
  /** Handles in order. Undefined while the bucket is read and after many changes: sorted again by the next search. */
  let sorted: string[] | undefined;

  const view = createBucketView<Person>({
    bucket: options.accounts,
    logger: options.logger,
    parse(value) {
      const account = readRecord("account", value);
      if (account?.status !== "active") return undefined;
      const { handle, displayName } = account;
      const user = { handle, displayName, nameLook: lookOf(displayName), handleLook: lookOf(handle) };
      return { user, name: displayName.toLowerCase() };
    },
    onSet(handle) {
      if (!sorted) return;
      const at = lowerBound(sorted, handle);
      if (sorted[at] !== handle) sorted.splice(at, 0, handle);
    },
    onRemoved: () => (sorted = undefined),
  });

  const search = (query: string, limit: number): PublicUser[] => {
    const text = query.trim().toLowerCase().replace(/^@/, "");
    sorted ??= [...view.entries()].map(([handle]) => handle).sort();
    const found: PublicUser[] = [];
    const start = lowerBound(sorted, text);
    let end = start;
    while (end < sorted.length && found.length < limit && sorted[end]?.startsWith(text)) {
      const person = view.get(sorted[end++] as string);
      if (person) found.push(person.user);
    }
    for (const [index, handle] of sorted.entries()) {
      if (found.length >= limit) break;
      if (index >= start && index < end) continue;
      const person = view.get(handle);
      if (person && (handle.includes(text) || person.name.includes(text))) found.push(person.user);
    }
    return found;
  };

  return {
    directory: { get: (handle) => view.get(handle)?.user, search },
    ready: view.ready,
    put: view.put,
    close: () => view.close(),
  };
}

/** Index of the first element that is not less. */
function lowerBound(sorted: readonly string[], value: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as string) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
