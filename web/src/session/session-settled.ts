import type { SessionState } from "@chat/client";
import type { ReadableAtom } from "nanostores";

/** A session that has been restored: somebody is signed in, or nobody. */
export type SettledSession = Exclude<SessionState, { state: "restoring" }>;

/** The session once it has been read from storage. */
export function sessionSettled($state: ReadableAtom<SessionState>): Promise<SettledSession> {
  return new Promise((resolve) => {
    // Subscribing tells the present value at once, before there is anything to unbind.
    let settled = false;
    const unbind = $state.subscribe((session) => {
      if (session.state === "restoring" || settled) return;
      settled = true;
      resolve(session);
      queueMicrotask(() => unbind());
    });
  });
}
