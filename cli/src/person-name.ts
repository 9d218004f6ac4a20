import type { Users } from "@chat/client";
import { visibleLine } from "./visible-text.ts";

/** A person by the short name that others type: the handle; "removed person" for who has none any more. */
export function personName(users: Pick<Users, "get">, id: number): string {
  const user = users.get(id);
  if (user === undefined) return `person ${id}`;
  return visibleLine(user.handle === "" ? user.displayName : user.handle);
}
