import { hash } from "node:crypto";
import type { KeyValueStore } from "../key-value.ts";
import { isConflict } from "./conflict.ts";
import { requireRecord } from "./records.ts";
import type { GrantedSession, Sessions } from "./sessions.ts";

/** How long a sign-in can be repeated under its client_id. */
export const SIGN_IN_REPEAT_MS = 10 * 60_000;

/** Sign-ins of one account that can be repeated; past that the oldest can't. */
const REPEATABLE_MAX = 10;

/** Writes lost to others before the sign-in is left without a note. */
const NOTE_ATTEMPTS = 10;

/** Begins sessions, each once. */
export interface SignIns {
  /**
   * Begins a session of a person whose password was checked. A repeat with the same client_id, on any server, gives the same session with the same refresh
   * token again, within {@link SIGN_IN_REPEAT_MS} and as long as nobody has used that token; after that it begins another session.
   * @param clientId undefined: the sign-in can't be repeated
   */
  start(person: number, clientId: string | undefined): Promise<GrantedSession>;
  /** Forgets which client_ids a person signed in under, for the removal of their account. */
  forget(person: number): Promise<void>;
}

/** Which client_id began which session is noted in a bucket, whose compare-and-set decides between two that come at once. @param options.clock ms since 1970 */
export async function createSignIns(options: {
  keyValue: KeyValueStore;
  sessions: Pick<Sessions, "start" | "startedWith" | "end">;
  clock: () => number;
}): Promise<SignIns> {
  const { sessions, clock } = options;
  const bucket = await options.keyValue.bucket("sign-ins");

  async function startOnce(person: number, clientId: string): Promise<GrantedSession> {
    let own: GrantedSession | undefined;
    const id = hash("sha256", clientId, "base64url");
    for (let attempt = 0; attempt < NOTE_ATTEMPTS; attempt++) {
      const noted = await bucket.get(String(person));
      const known = noted ? requireRecord("sign-ins", noted.value).signIns : [];
      const repeatable = known.filter(({ at }) => clock() - at < SIGN_IN_REPEAT_MS);
      const before = repeatable.find((signIn) => signIn.id === id);
      const again = before && (await sessions.startedWith(before.sessionId, clientId));
      if (again) {
        if (own) await sessions.end(own.sessionId);
        return again;
      }
      own ??= await sessions.start(person, clientId);
      const others = repeatable.filter((signIn) => signIn.id !== id).slice(1 - REPEATABLE_MAX);
      const signIns = [...others, { id, sessionId: own.sessionId, at: clock() }];
      try {
        if (noted) await bucket.update(noted.key, { signIns }, noted.revision);
        else await bucket.create(String(person), { signIns });
        return own;
      } catch (error) {
        if (isConflict(error)) continue;
        // The caller gets no answer, so nobody will have this session.
        await sessions.end(own.sessionId).catch(() => undefined);
        throw error;
      }
    }
    return own ?? sessions.start(person, clientId);
  }

  return {
    start: (person, clientId) =>
      clientId === undefined ? sessions.start(person) : startOnce(person, clientId.toLowerCase()),
    forget: (person) => bucket.delete(String(person)),
  };
}
