import type { ReadableAtom } from "nanostores";
import type { SessionState } from "./types.ts";

/** A session that has been read from storage: somebody is signed in, or nobody. */
export type RestoredSession = Exclude<SessionState, { state: "restoring" }>;

/** The session once it has been read from storage. Rejects with the signal's reason; leaves no listener. */
export function restoredSession(
  $state: ReadableAtom<SessionState>,
  { signal }: { signal?: AbortSignal } = {},
): Promise<RestoredSession> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const look = (session: SessionState): void => {
      if (session.state === "restoring") return;
      end();
      resolve(session);
    };
    const abort = (): void => {
      end();
      reject(signal?.reason as Error);
    };
    const unbind = $state.listen(look);
    const end = (): void => {
      unbind();
      signal?.removeEventListener("abort", abort);
    };
    signal?.addEventListener("abort", abort, { once: true });
    look($state.get());
  });
}
