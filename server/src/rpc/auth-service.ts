import { create, fromBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type DeleteAccountRequest,
  type DeleteAccountResponse,
  DeleteAccountResponseSchema,
  type GetMeResponse,
  GetMeResponseSchema,
  type LoginRequest,
  type LoginResponse,
  LoginResponseSchema,
  type LogoutResponse,
  LogoutResponseSchema,
  type RefreshRequest,
  type RefreshResponse,
  RefreshResponseSchema,
  type RegisterRequest,
  type RegisterResponse,
  RegisterResponseSchema,
  type Session,
  SessionSchema,
  type UpdateProfileRequest,
  type UpdateProfileResponse,
  UpdateProfileResponseSchema,
} from "@chat/proto/chat/v1/auth_service";
import { type User, UserSchema } from "@chat/proto/chat/v1/user";
import type { Accounts } from "../auth/accounts.ts";
import type { Caller, SessionTokens } from "../auth/auth.ts";
import { type Roster, userBody } from "../projection/roster.ts";

/** What the calls of AuthService stand on. */
export interface AuthDependencies {
  readonly accounts: Accounts;
  readonly roster: Roster;
}

/** Makes an account and signs in. */
export async function register(deps: AuthDependencies, request: RegisterRequest): Promise<RegisterResponse> {
  const { email, username, password, displayName, clientId } = request;
  const tokens = await deps.accounts.register({ email, username, password, displayName, clientId });
  return create(RegisterResponseSchema, { session: toSession(deps, tokens) });
}

/** Signs in. */
export async function login(deps: AuthDependencies, request: LoginRequest): Promise<LoginResponse> {
  const { login: name, password, clientId } = request;
  return create(LoginResponseSchema, {
    session: toSession(deps, await deps.accounts.login({ login: name, password, clientId })),
  });
}

/** Trades a refresh token for new tokens. */
export async function refresh(deps: AuthDependencies, request: RefreshRequest): Promise<RefreshResponse> {
  return create(RefreshResponseSchema, {
    session: toSession(deps, await deps.accounts.refresh(request.refreshToken)),
  });
}

/** Ends the caller's session; one that is over already is fine. */
export async function logout(deps: AuthDependencies, caller: Caller): Promise<LogoutResponse> {
  await deps.accounts.logout(caller);
  return create(LogoutResponseSchema);
}

/** Who the caller is. */
export async function getMe(deps: AuthDependencies, caller: Caller): Promise<GetMeResponse> {
  const email = await deps.accounts.emailOf(caller);
  return create(GetMeResponseSchema, { email, ...userOf(deps, caller.person) });
}

/** Changes the caller's handle or display name. */
export async function updateProfile(
  deps: AuthDependencies,
  request: UpdateProfileRequest,
  caller: Caller,
): Promise<UpdateProfileResponse> {
  const { username, displayName, clientId } = request;
  await deps.accounts.updateProfile(caller, { username, displayName }, clientId);
  return create(UpdateProfileResponseSchema, userOf(deps, caller.person));
}

/** Removes the caller's account. */
export async function deleteAccount(
  deps: AuthDependencies,
  request: DeleteAccountRequest,
  caller: Caller,
): Promise<DeleteAccountResponse> {
  const { password, withMessages } = request;
  await deps.accounts.deleteAccount(caller, { password, withMessages });
  return create(DeleteAccountResponseSchema);
}

function toSession(deps: AuthDependencies, tokens: SessionTokens): Session {
  const { accessToken, accessExpiresAt, refreshToken, person } = tokens;
  return create(SessionSchema, {
    accessToken,
    accessExpiresAt: timestampFromMs(accessExpiresAt),
    refreshToken,
    ...userOf(deps, person),
  });
}

function userOf({ roster }: AuthDependencies, id: number): { user: User } | Record<never, never> {
  const person = roster.person(id);
  return person ? { user: fromBinary(UserSchema, userBody(person)) } : {};
}
