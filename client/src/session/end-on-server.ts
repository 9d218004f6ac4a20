import type { AuthService } from "@chat/proto/chat/v1/auth_service";
import type { Client } from "@connectrpc/connect";
import { toClientError } from "../client-error.ts";
import { fromMessage, type StoredSession } from "./stored-session.ts";

const LOGOUT_TIMEOUT_MS = 5_000;

/** Ends a session on the server, also where its access token has run out. */
export async function endOnServer(auth: Client<typeof AuthService>, session: StoredSession): Promise<void> {
  const options = (token: string) => ({ headers: { authorization: `Bearer ${token}` }, timeoutMs: LOGOUT_TIMEOUT_MS });
  try {
    await auth.logout({}, options(session.accessToken));
  } catch (error) {
    if (toClientError(error).code !== "unauthenticated") throw error;
    // The access token had run out; the session behind it may not have.
    const response = await auth.refresh({ refreshToken: session.refreshToken }, { timeoutMs: LOGOUT_TIMEOUT_MS });
    await auth.logout({}, options(fromMessage(response.session).accessToken));
  }
}
