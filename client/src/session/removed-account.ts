import type { AuthService } from "@chat/proto/chat/v1/auth_service";
import type { Client } from "@connectrpc/connect";
import { callOptions, persist } from "../calls.ts";
import { toClientError } from "../client-error.ts";
import type { Environment } from "../environment.ts";

/** What the server says of a token whose person is gone. */
const REMOVED = "ACCOUNT_REMOVED";
/** Sessions end a moment before the account is gone. */
const LOOKS = 3;
const LOOK_AGAIN_MS = 1_000;

/** Whether the person of this access token has been removed. False also where the server can't say. */
export async function isRemoved(
  auth: Client<typeof AuthService>,
  token: string,
  environment: Environment,
): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  for (let look = 1; look <= LOOKS; look++) {
    try {
      await persist(() => auth.getMe({}, { ...callOptions(), headers }), environment);
      return false;
    } catch (error) {
      const { code, reason } = toClientError(error);
      if (code !== "unauthenticated") return false;
      if (reason === REMOVED) return true;
    }
    if (look < LOOKS) await new Promise<void>((resolve) => environment.timers.setTimeout(resolve, LOOK_AGAIN_MS));
  }
  return false;
}
