import type { ChatClient } from "@chat/client";
import { restoredSession, type RestoredSession } from "@chat/client/restored-session";

/** The session once the stored one has been read. */
export function settledSession(client: ChatClient, signal: AbortSignal): Promise<RestoredSession> {
  return restoredSession(client.session.$state, { signal });
}
