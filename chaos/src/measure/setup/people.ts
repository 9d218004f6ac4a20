import { randomUUID } from "node:crypto";
import { call } from "./call.ts";

/** Good enough for the password policy. */
export const PASSWORD = "correct horse 9 battery";

/** Password hashes at a time, no more than a small machine does at once. */
const AT_ONCE = 4;

/** Somebody with an account and an open session. */
export interface Person {
  readonly handle: string;
  /** An access token: good for ten minutes, unless {@link renew} is called in time. */
  token: string;
  refreshToken: string;
}

interface SessionAnswer {
  readonly session: { readonly accessToken: string; readonly refreshToken: string };
}

/** Makes accounts with these names and a number behind, and signs them in. */
export async function makePeople(
  urls: readonly string[],
  options: { count: number; prefix: string },
): Promise<Person[]> {
  const handles = Array.from({ length: options.count }, (_, index) => `${options.prefix}${index}`);
  return inTurns(handles, async (handle, index) => {
    const input = { email: `${handle}@example.org`, username: handle, password: PASSWORD };
    const { session } = await call<SessionAnswer>(urls[index % urls.length] ?? "", "AuthService/Register", input);
    return { handle, token: session.accessToken, refreshToken: session.refreshToken };
  });
}

/** Gives everybody a new access token. */
export async function renew(url: string, people: readonly Person[]): Promise<void> {
  await inTurns(people, async (person) => {
    const input = { refreshToken: person.refreshToken };
    const { session } = await call<SessionAnswer>(url, "AuthService/Refresh", input);
    person.token = session.accessToken;
    person.refreshToken = session.refreshToken;
  });
}

/** Makes a room of the first person and has all others join it. */
export async function makeRoom(url: string, room: string, people: readonly Person[]): Promise<void> {
  const [owner, ...others] = people;
  await call(url, "ChatService/CreateRoom", { name: room, clientId: randomUUID() }, owner?.token);
  await inTurns(others, ({ token }) => call(url, "ChatService/JoinRoom", { room, clientId: randomUUID() }, token));
}

/** The seqs of a conversation's messages after a position, by asking page after page. */
export async function seqsAfter(url: string, token: string, conversation: string, after: number): Promise<number[]> {
  const seqs: number[] = [];
  for (let last = after; ; last = seqs.at(-1) ?? last) {
    const page = await call<{ messages?: { seq: string }[]; hasMore?: boolean }>(
      url,
      "ChatService/ListMessages",
      { conversation, after: String(last), pageSize: 500 },
      token,
    );
    for (const { seq } of page.messages ?? []) seqs.push(Number(seq));
    if (!page.hasMore) return seqs;
  }
}

/** Does something for each, a few at a time, and gives the results in order. */
export async function inTurns<T, R>(items: readonly T[], work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}
