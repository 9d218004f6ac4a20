import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Session } from "@chat/proto/chat/v1/auth_service";
import { present } from "../client-error.ts";
import { toUserRow } from "../from-proto.ts";
import { SESSION_KEY, userPrefix, type ClientStorage } from "../storage/storage.ts";
import type { ChatUser } from "../types.ts";

/** A session as it is kept in storage. */
export interface StoredSession {
  readonly accessToken: string;
  /** ms since 1970 */
  readonly accessExpiresAt: number;
  readonly refreshToken: string;
  readonly user: ChatUser;
}

/** The session in an answer. */
export function fromMessage(message: Session | undefined): StoredSession {
  const { accessToken, accessExpiresAt, refreshToken, user } = present(message);
  return {
    accessToken,
    accessExpiresAt: timestampMs(present(accessExpiresAt)),
    refreshToken,
    user: toUserRow(present(user)).user,
  };
}

/** The session in storage; undefined where there is none. */
export function toStored(value: unknown): StoredSession | undefined {
  // Written by this file alone; a half of it can only come from another release, and then signing in again repairs it.
  const session = value as Partial<StoredSession> | undefined;
  return typeof session?.refreshToken === "string" && typeof session.user?.id === "number"
    ? (session as StoredSession)
    : undefined;
}

/** Deletes what belongs to the person, and their session. */
export async function forget(storage: ClientStorage, person: number): Promise<void> {
  const isOthers = (toStored(storage.get(SESSION_KEY))?.user.id ?? person) !== person;
  const keys = [...(isOthers ? [] : [SESSION_KEY]), ...storage.keys(userPrefix(person))];
  await Promise.all(keys.map((key) => storage.delete(key)));
}
