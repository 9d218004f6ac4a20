import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { SessionSchema, type Session } from "@chat/proto/chat/v1/auth_service";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { refusal, type FakeChat } from "./fake-chat.ts";

const TOKEN_LIFE_MS = 900_000;

/** E-mail, password and sessions of a fake server's people. */
export interface FakeAccounts {
  /** Adds a person; the same client_id and password give the same one. */
  register(account: {
    email: string;
    username: string;
    password: string;
    displayName: string;
    clientId: string;
  }): number;
  /** By handle or e-mail. */
  login(login: string, password: string): number;
  checkPassword(person: number, password: string): void;
  emailOf(person: number): string;
  issue(person: number): Session;
  refresh(token: string): Session;
  /** Who calls. @throws ConnectError UNAUTHENTICATED */
  caller(context: HandlerContext): number;
  remove(person: number): void;
  /** Refuses the access tokens given out until now. */
  expireTokens(): void;
  /** Ends all sessions. */
  endSessions(): void;
}

interface Account {
  readonly email: string;
  readonly password: string;
  readonly clientId: string;
}

export function createFakeAccounts(chat: FakeChat, now: () => number): FakeAccounts {
  const accounts = new Map<number, Account>();
  const access = new Map<string, number>();
  const refresh = new Map<string, number>();
  /** Access tokens of people who are gone. */
  const orphaned = new Set<string>();
  let issued = 0;

  const wrong = (): ConnectError => new ConnectError("Wrong name or password.", Code.Unauthenticated);

  function issue(person: number): Session {
    issued++;
    access.set(`access-${issued}`, person);
    refresh.set(`refresh-${issued}`, person);
    return create(SessionSchema, {
      accessToken: `access-${issued}`,
      refreshToken: `refresh-${issued}`,
      accessExpiresAt: timestampFromMs(now() + TOKEN_LIFE_MS),
      user: chat.userOf(person),
    });
  }

  return {
    issue,
    register({ email, username, password, displayName, clientId }) {
      for (const [person, account] of accounts) {
        if (clientId !== "" && account.clientId === clientId && account.password === password) return person;
        if (account.email === email) throw refusal(Code.AlreadyExists, "EMAIL_TAKEN", "That e-mail is taken.", "email");
      }
      const person = Number(chat.addPerson(username, displayName).id);
      accounts.set(person, { email, password, clientId });
      return person;
    },
    login(login, password) {
      for (const [person, account] of accounts) {
        const isThis = account.email === login || chat.users.get(person)?.handle === login;
        if (isThis && account.password === password) return person;
      }
      throw wrong();
    },
    checkPassword(person, password) {
      if (accounts.get(person)?.password !== password) throw wrong();
    },
    emailOf: (person) => accounts.get(person)?.email ?? "",
    refresh(token) {
      const person = refresh.get(token);
      if (person === undefined) throw new ConnectError("ended", Code.Unauthenticated);
      refresh.delete(token);
      return issue(person);
    },
    caller(context) {
      const token = context.requestHeader.get("authorization")?.slice("Bearer ".length) ?? "";
      const person = access.get(token);
      if (orphaned.has(token)) throw refusal(Code.Unauthenticated, "ACCOUNT_REMOVED", "This account was removed.");
      if (person === undefined) throw new ConnectError("sign in", Code.Unauthenticated);
      return person;
    },
    remove(person) {
      accounts.delete(person);
      for (const [token, owner] of access) if (owner === person) orphaned.add(token);
      for (const tokens of [access, refresh])
        for (const [token, owner] of tokens) if (owner === person) tokens.delete(token);
    },
    expireTokens: () => access.clear(),
    endSessions() {
      access.clear();
      refresh.clear();
    },
  };
}
