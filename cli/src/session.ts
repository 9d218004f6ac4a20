import type { ChatClient, SessionState } from "@chat/client";
import { settled } from "./wait-for.ts";

/** The session once the stored one has been read. */
export async function settledSession(
  client: ChatClient,
  signal: AbortSignal,
): Promise<Exclude<SessionState, { state: "restoring" }>> {
  const state = await settled(client.session.$state, ({ state }) => state !== "restoring", signal);
  return state as Exclude<SessionState, { state: "restoring" }>;
}
