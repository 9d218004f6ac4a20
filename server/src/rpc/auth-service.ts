import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type AuthService,
  GetMeResponseSchema,
  LoginResponseSchema,
  LogoutResponseSchema,
  RefreshResponseSchema,
  RegisterResponseSchema,
  SessionSchema,
  type Session,
} from "@chat/proto/chat/v1/auth_service";
import type { Accounts } from "../auth/accounts.ts";
import type { SessionTokens } from "../auth/auth.ts";
import { getCaller } from "./caller.ts";

/** The calls of AuthService. Expects the interceptors for validation, authentication and errors around it. */
export function createAuthService(options: {
  accounts: Pick<Accounts, "register" | "login" | "refresh" | "logout" | "getMe">;
}): ServiceImpl<typeof AuthService> {
  const { accounts } = options;
  return {
    async register({ email, username, password, displayName }) {
      return create(RegisterResponseSchema, {
        session: toSession(await accounts.register({ email, username, password, displayName })),
      });
    },
    async login({ login, password }) {
      return create(LoginResponseSchema, { session: toSession(await accounts.login({ login, password })) });
    },
    async refresh({ refreshToken }) {
      return create(RefreshResponseSchema, { session: toSession(await accounts.refresh(refreshToken)) });
    },
    async logout(_request, context) {
      await accounts.logout(getCaller(context));
      return create(LogoutResponseSchema);
    },
    async getMe(_request, context) {
      return create(GetMeResponseSchema, await accounts.getMe(getCaller(context)));
    },
  };
}

function toSession({ accessToken, accessExpiresAt, refreshToken, user }: SessionTokens): Session {
  return create(SessionSchema, {
    accessToken,
    accessExpiresAt: timestampFromMs(accessExpiresAt),
    refreshToken,
    user: { ...user },
  });
}
