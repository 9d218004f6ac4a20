import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Session, SessionSchema } from "@chat/proto/chat/v1/auth_service";
import type { SessionTokens } from "../auth/auth.ts";

/** A session as the client that signed in gets it. */
export function sessionView({ accessToken, accessExpiresAt, refreshToken, user }: SessionTokens): Session {
  return create(SessionSchema, {
    accessToken,
    accessExpiresAt: timestampFromMs(accessExpiresAt),
    refreshToken,
    user: { ...user },
  });
}
