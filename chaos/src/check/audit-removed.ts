import { AuthService } from "@chat/proto/chat/v1/auth_service";
import { ChatService } from "@chat/proto/chat/v1/chat_service";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import type { Leaver } from "../clients/leavers.ts";
import { userOf } from "../rows.ts";
import type { Violation } from "./check.ts";
import type { Truth } from "./truth.ts";
import { sameRow } from "./watches.ts";

const PAGE_SIZE = 500;

/**
 * Asks every server, when everything is quiet, about those who removed their accounts: they can't get in, nobody can take their handle, and to others they are
 * removed and in no room.
 * @param options.viewer somebody who stays
 */
export async function auditRemoved(options: {
  leavers: readonly Leaver[];
  viewer: string;
  password: string;
  rooms: readonly string[];
  /** Servers that have everything. */
  baseUrls: readonly string[];
  truth: Truth;
}): Promise<Violation[]> {
  const { leavers, viewer, password, rooms, baseUrls, truth } = options;
  const violations: Violation[] = [];
  for (const { user, person } of leavers)
    if (!truth.removed.some((each) => each.person === person))
      violations.push({ kind: "lost", text: `${user} was told that their account is gone, and is still there` });
  for (const [index, baseUrl] of baseUrls.entries()) {
    try {
      const transport = createConnectTransport({ baseUrl, httpVersion: "1.1" });
      const services = { auth: createClient(AuthService, transport), chat: createClient(ChatService, transport) };
      const { session } = await services.auth.login({ login: viewer, password });
      const call = { headers: { authorization: `Bearer ${session?.accessToken ?? ""}` } };
      const server = { ...services, call, baseUrl };
      for (const leaver of leavers) violations.push(...(await lookFor(leaver, server, truth)));
      violations.push(...(await lookInto(rooms, leavers, server)));
      // One sign-in each: three that fail lock a name for a while.
      for (const [turn, leaver] of leavers.entries())
        if (turn % baseUrls.length === index) violations.push(...(await tryToReturn(leaver, password, server)));
    } catch (error) {
      violations.push({ kind: "stuck", text: `${baseUrl} can't be asked about those who left: ${String(error)}` });
    }
  }
  return violations;
}

interface Server {
  readonly auth: ReturnType<typeof createClient<typeof AuthService>>;
  readonly chat: ReturnType<typeof createClient<typeof ChatService>>;
  /** As somebody who is there. */
  readonly call: { readonly headers: Record<string, string> };
  readonly baseUrl: string;
}

/** Whether what others are shown of them is what the log comes to, and what they were signed in with is good for nothing. */
async function lookFor({ user, person, devices }: Leaver, server: Server, truth: Truth): Promise<Violation[]> {
  const { auth, chat, call, baseUrl } = server;
  const violations: Violation[] = [];
  for (const name of [`@${user}`, String(person)]) {
    const { user: row } = await chat.getUser({ user: name }, call);
    const expected = truth.timeline.versions(`user/${person}`).at(-1)?.row;
    if (!row?.removed || !expected || !sameRow(userOf(row), expected))
      violations.push({ kind: "diverged", text: `${baseUrl} has ${JSON.stringify(row?.handle)} at ${name}, who left` });
  }
  const { users } = await chat.listUsers({ query: user }, call);
  if (users.some(({ id }) => Number(id) === person))
    violations.push({ kind: "diverged", text: `${baseUrl} lists ${user}, who left` });
  for (const { name, lastAuthorization } of devices) {
    const code = await codeOf(() => auth.getMe({}, { headers: { authorization: lastAuthorization } }));
    if (code !== Code.Unauthenticated)
      violations.push({
        kind: "leaked",
        text: `${name} is answered by ${baseUrl} though its account is gone: ${told(code)}`,
      });
  }
  return violations;
}

async function lookInto(
  rooms: readonly string[],
  leavers: readonly Leaver[],
  { chat, call, baseUrl }: Server,
): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const room of rooms) {
    const { members } = await chat.listMembers({ room, pageSize: PAGE_SIZE }, call);
    for (const { user, person } of leavers)
      if (members.some((member) => Number(member.person) === person && member.joined))
        violations.push({ kind: "diverged", text: `${baseUrl} has ${user} in ${room}, who left` });
  }
  return violations;
}

async function tryToReturn({ user, email, person }: Leaver, password: string, server: Server): Promise<Violation[]> {
  const { auth, baseUrl } = server;
  const violations: Violation[] = [];
  for (const login of [user, email]) {
    const code = await codeOf(() => auth.login({ login, password }));
    if (code !== Code.Unauthenticated)
      violations.push({ kind: "leaked", text: `${login}, who left, signs in at ${baseUrl}: ${told(code)}` });
  }
  const again = { email: `again-${person}@example.org`, username: user, password, displayName: "" };
  const code = await codeOf(() => auth.register(again));
  if (code !== Code.AlreadyExists)
    violations.push({ kind: "forged", text: `${baseUrl} lets somebody take ${user} of who left: ${told(code)}` });
  return violations;
}

/** Undefined: it was answered. */
async function codeOf(call: () => Promise<unknown>): Promise<Code | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return ConnectError.from(error).code;
  }
}

function told(code: Code | undefined): string {
  return code === undefined ? "answered" : Code[code];
}
