import { isDeepStrictEqual } from "node:util";
import { setTimeout as delay } from "node:timers/promises";
import type { ChatClient } from "@chat/client";
import { createNodeChatClient } from "@chat/client/node";
import { AuthService } from "@chat/proto/chat/v1/auth_service";
import { ChatService } from "@chat/proto/chat/v1/chat_service";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { conversationOf, messageOf, type SeenRow, userOf } from "../rows.ts";
import type { Violation } from "./check.ts";
import { compareReplicas } from "./replicas.ts";
import type { Truth } from "./truth.ts";
import { sameRow } from "./watches.ts";

const END = Number.MAX_SAFE_INTEGER;
const PAGE_SIZE = 500;

/** How long a client may take to load what is on its screen. */
const LOAD_TIMEOUT_MS = 20_000;
const POLL_MS = 20;

/** Where and as whom to look. */
export interface Viewer {
  readonly user: string;
  readonly password: string;
  /** A server that has everything. */
  readonly baseUrl: string;
}

/** Looks at the pages of everybody and at the replica of every client of the SDK. Never rejects. */
export async function audit(options: {
  users: readonly string[];
  sdkClients: readonly { readonly name: string; readonly user: string; readonly sdk: ChatClient }[];
  password: string;
  /** Servers that have everything; each looks at another one. */
  baseUrls: readonly string[];
  truth: Truth;
}): Promise<Violation[]> {
  const { password, baseUrls, truth } = options;
  const violations: Violation[] = [];
  let turn = 0;
  async function look(user: string, what: (viewer: Viewer) => Promise<Violation[]>): Promise<void> {
    const baseUrl = baseUrls[turn++ % baseUrls.length] ?? "";
    try {
      violations.push(...(await what({ user, password, baseUrl })));
    } catch (error) {
      violations.push({ kind: "stuck", text: `what ${user} is shown by ${baseUrl} can't be read: ${String(error)}` });
    }
  }
  for (const user of options.users) await look(user, (viewer) => auditPages(viewer, truth));
  for (const client of options.sdkClients) await look(client.user, (viewer) => auditReplica(client, viewer, truth));
  return violations;
}

/** Holds all that a person is shown on pages, when everything is quiet, against what the log comes to. */
export async function auditPages({ user, password, baseUrl }: Viewer, truth: Truth): Promise<Violation[]> {
  const violations: Violation[] = [];
  const report = (text: string): void => void violations.push({ kind: "diverged", text: `pages of ${user}: ${text}` });
  const transport = createConnectTransport({ baseUrl, httpVersion: "1.1" });
  const { session } = await createClient(AuthService, transport).login({ login: user, password });
  const call = { headers: { authorization: `Bearer ${session?.accessToken ?? ""}` } };
  const chat = createClient(ChatService, transport);
  const person = truth.person(user) ?? -1;

  function compare(row: SeenRow): void {
    const expected = truth.timeline.at(row.key, END)?.row;
    if (!expected || !sameRow(expected, row)) report(`${row.key} is ${row.digest}, and not ${expected?.digest}`);
  }

  const ids = new Set<string>();
  for (let pageToken = ""; ;) {
    const page = await chat.listConversations({ pageSize: PAGE_SIZE, pageToken }, call);
    for (const row of page.conversations) {
      ids.add(row.id);
      compare(conversationOf(row));
      if (row.lastMessage) compare(messageOf(row.lastMessage));
    }
    for (const row of page.users) compare(userOf(row));
    pageToken = page.nextPageToken;
    if (pageToken === "") break;
  }
  const expected = truth.timeline.conversations(person, END);
  if (!isDeepStrictEqual([...ids].sort(), [...expected].sort()))
    report(`the list has ${[...ids].join()}, and not ${expected.join()}`);
  for (const conversation of expected) {
    const seqs: number[] = [];
    for (let after = 0n; ;) {
      const page = await chat.listMessages({ conversation, after, pageSize: PAGE_SIZE }, call);
      for (const row of page.messages) {
        seqs.push(Number(row.seq));
        compare(messageOf(row));
      }
      for (const row of page.users) compare(userOf(row));
      after = page.messages.at(-1)?.seq ?? after;
      if (!page.hasMore) break;
    }
    if (!isDeepStrictEqual(seqs, [...truth.timeline.messages(conversation)]))
      report(`${conversation} has ${seqs.length} messages, and not ${truth.timeline.messages(conversation).length}`);
  }
  return violations;
}

/** Holds what a client of the SDK has after everything that happened to it against what one has that has just signed in. */
export async function auditReplica(
  { name, sdk }: { readonly name: string; readonly sdk: ChatClient },
  { user, password, baseUrl }: Viewer,
  truth: Truth,
): Promise<Violation[]> {
  const fresh = await createNodeChatClient({ baseUrl });
  try {
    await fresh.session.login({ login: user, password });
    return await compareReplicas({ name, sdk, fresh, person: truth.person(user) ?? -1, truth, until });
  } finally {
    await fresh.session.logout().catch(() => undefined); // its session ends by itself
    await fresh.close();
  }
}

async function until(isLoaded: () => boolean): Promise<void> {
  const deadline = performance.now() + LOAD_TIMEOUT_MS;
  while (!isLoaded()) {
    if (performance.now() > deadline) throw new Error("a client does not load what it shows");
    await delay(POLL_MS);
  }
}
