import type { ChatUser } from "../types.ts";
import type { UserRow } from "./rows.ts";

/** The people whose rows are known. */
export interface UserTable {
  /** Keeps the row with the larger version. Gives whether that is this one. */
  put(row: UserRow): boolean;
  get(id: number): ChatUser | undefined;
  /** By their present handle. */
  byHandle(handle: string): ChatUser | undefined;
  /** Another map after each change. */
  all(): ReadonlyMap<number, ChatUser>;
  clear(): void;
}

export function createUserTable(): UserTable {
  const rows = new Map<number, UserRow>();
  const handles = new Map<string, number>();
  let snapshot: ReadonlyMap<number, ChatUser> | undefined;
  const get = (id: number): ChatUser | undefined => rows.get(id)?.user;

  return {
    put(row) {
      const known = rows.get(row.id);
      if (known && known.version >= row.version) return false;
      if (known && handles.get(known.user.handle) === row.id) handles.delete(known.user.handle);
      rows.set(row.id, row);
      if (row.user.handle !== "") handles.set(row.user.handle, row.id);
      snapshot = undefined;
      return true;
    },
    get,
    byHandle(handle) {
      const id = handles.get(handle);
      return id === undefined ? undefined : get(id);
    },
    all() {
      snapshot ??= new Map(Array.from(rows, ([id, { user }]) => [id, user]));
      return snapshot;
    },
    clear() {
      rows.clear();
      handles.clear();
      snapshot = undefined;
    },
  };
}
