import { ChatService } from "@chat/proto/chat/v1/chat_service";
import { createClient, type Transport } from "@connectrpc/connect";
import { atom } from "nanostores";
import { parseConversation } from "../address.ts";
import { backoffMs } from "../backoff.ts";
import { answer, callOptions } from "../calls.ts";
import { ClientError, present, toClientError } from "../client-error.ts";
import type { Environment } from "../environment.ts";
import type { FeedCore } from "../feed/feed.ts";
import { toConversationRow, toUserRow } from "../from-proto.ts";
import type { OutboxCore } from "../outbox/outbox.ts";
import type { Replica } from "../replica/replica.ts";
import type { Unseen } from "../replica/unseen.ts";
import type { ChatConversation, ConversationListState, Conversations } from "../types.ts";
import { selectConversations } from "./select-conversations.ts";

/** When to ask again about a conversation whose answer failed, or that the server asked has not applied yet. */
const ASK_AGAIN = { baseMs: 1_000, capMs: 30_000 } as const;

/** The list as the rest of the SDK uses it. */
export interface ConversationListCore extends Conversations {
  /** The id behind an address or id. @throws ClientError `not_found` */
  locate(conversation: string): Promise<string>;
  clear(): void;
  close(): void;
}

const EMPTY: ConversationListState = { conversations: [], loaded: false, loading: false, hasMore: false };

/** See {@link Conversations}: the replica's conversations as far as pages have listed them, with the outbox's rooms. */
export function createConversationList(options: {
  environment: Environment;
  transport: Transport;
  replica: Replica;
  feed: FeedCore;
  outbox: OutboxCore;
  unseen: Unseen;
}): ConversationListCore {
  const { replica, feed, outbox, unseen } = options;
  const { timers, random } = options.environment;
  const service = createClient(ChatService, options.transport);
  const $state = atom<ConversationListState>(EMPTY);
  /** Where the next page begins, and down to which place the list is known; undefined: to its end. */
  let next: { readonly token: string; readonly sortSeq: number } | undefined;
  let generation = 0;
  let loading: Promise<void> | undefined;
  let isDue = false;
  const asked = new Map<string, Promise<ChatConversation | undefined>>();
  /** Conversations that messages came of and that the replica lacks, and joined ones whose newest message it lacks. */
  const unlisted = new Map<string, "row" | "preview">();
  let failures = 0;
  let again: unknown;

  function publish(change: Partial<ConversationListState> = {}): void {
    const { error: _, ...before } = $state.get();
    const state = { ...before, ...change };
    // After a gap the last list stays on the screen until the next one is there.
    if (!state.loaded && state.loading && state.conversations.length > 0) return $state.set(state);
    const conversations = selectConversations(replica, outbox.$items.get(), next?.sortSeq ?? 0);
    $state.set({ ...state, conversations });
  }

  function publishSoon(): void {
    if (isDue) return;
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      if (replica.me !== 0) publish();
    });
  }

  /** Gives whether the page counted: a gap while it was under way makes it void. */
  async function page(token: string): Promise<boolean> {
    publish({ loading: true });
    if (token === "") await feed.opened();
    if (replica.me === 0) return true;
    const mine = generation;
    try {
      const response = await answer(service.listConversations({ pageToken: token }, callOptions()));
      if (mine !== generation) return false;
      for (const user of response.users) replica.putUser(toUserRow(user));
      const rows = response.conversations.map(toConversationRow);
      for (const row of rows) replica.putConversation(row, "page");
      const last = rows.at(-1)?.own?.sortSeq ?? 0;
      next = response.nextPageToken === "" ? undefined : { token: response.nextPageToken, sortSeq: last };
      if (token === "") unseen.listed(rows[0]?.own?.sortSeq ?? 0);
      // What came while nobody streamed: of each conversation the newest message is known.
      for (const { lastMessage } of rows) if (lastMessage) unseen.arrived(lastMessage);
      publish({ loaded: true, loading: false, hasMore: next !== undefined });
      askAllUnlisted();
      return true;
    } catch (error) {
      if (mine !== generation) return false;
      publish({ loading: false, error: toClientError(error).message });
      return true;
    }
  }

  async function loadFirst(): Promise<void> {
    while (replica.me !== 0 && !(await page("")));
  }

  function load(): Promise<void> {
    loading ??= loadFirst().finally(() => (loading = undefined));
    return loading;
  }

  async function ask(conversation: string): Promise<ChatConversation | undefined> {
    try {
      const { me } = replica;
      const mark = replica.placeMark(replica.resolve(conversation) ?? "");
      const response = await answer(service.getConversation({ conversation }, callOptions()));
      // Somebody else has signed in, or nobody: it is not theirs.
      if (replica.me !== me) return undefined;
      for (const user of response.users) replica.putUser(toUserRow(user));
      const row = toConversationRow(present(response.conversation));
      replica.putConversation(row, mark === 0 ? "page" : { answer: mark });
      if (!/^[0-9]/.test(conversation)) replica.learn(conversation, row.id);
      return replica.conversation(row.id);
    } catch (error) {
      if (error instanceof ClientError && error.code === "not_found") return undefined;
      throw error;
    }
  }

  /** Equal questions under way are one. */
  function askOnce(conversation: string): Promise<ChatConversation | undefined> {
    const underWay = asked.get(conversation);
    if (underWay) return underWay;
    const asking = ask(conversation).finally(() => {
      if (asked.get(conversation) === asking) asked.delete(conversation);
    });
    asked.set(conversation, asking);
    return asking;
  }

  function isThere(conversation: string): boolean {
    return unlisted.get(conversation) === "preview"
      ? replica.conversation(conversation)?.lastMessage !== undefined
      : replica.hasConversation(conversation);
  }

  /** It stands on no page that was loaded. It is asked for until a server has answered. */
  async function askUnlisted(conversation: string): Promise<void> {
    if (isThere(conversation)) return settle(conversation);
    try {
      if (await askOnce(conversation)) return settle(conversation);
    } catch {
      // Whatever went wrong, it is asked again, as after an answer of a server that is behind.
    }
    if (!unlisted.has(conversation) || again !== undefined) return;
    again = timers.setTimeout(
      () => {
        again = undefined;
        askAllUnlisted();
      },
      ASK_AGAIN.baseMs + backoffMs(failures++, { ...ASK_AGAIN, random }),
    );
  }

  /** It is there, or no longer this person's. */
  function settle(conversation: string): void {
    unlisted.delete(conversation);
    if (unlisted.size === 0) failures = 0;
  }

  function askAllUnlisted(): void {
    if ($state.get().loaded) for (const conversation of unlisted.keys()) void askUnlisted(conversation);
  }

  function forgetUnlisted(): void {
    unlisted.clear();
    failures = 0;
    if (again !== undefined) timers.clearTimeout(again);
    again = undefined;
  }

  async function find(text: string): Promise<ChatConversation | undefined> {
    const conversation = parseConversation(text);
    if (conversation === undefined) return undefined;
    const id = replica.resolve(conversation);
    const known = id === undefined ? undefined : replica.conversation(id);
    return known ?? askOnce(conversation);
  }

  const stopListening = [
    replica.listen(publishSoon),
    outbox.$items.listen(publishSoon),
    feed.onGap(() => {
      generation++;
      next = undefined;
      asked.clear();
      forgetUnlisted();
      $state.set({ ...$state.get(), loaded: false });
    }),
    feed.onChange((change) => {
      if (change.row === "member") {
        const { conversation, person, joined } = change.member;
        if (person === replica.me && !joined) settle(conversation);
        if (person === replica.me && joined) {
          // What was said before one joined is on no stream.
          unlisted.set(conversation, "preview");
          void askUnlisted(conversation);
        }
      }
      if (change.row !== "message") return;
      unseen.arrived(change.message);
      const { conversation } = change.message;
      if (replica.hasConversation(conversation) || unlisted.has(conversation)) return;
      unlisted.set(conversation, "row");
      if ($state.get().loaded) void askUnlisted(conversation);
    }),
  ];

  return {
    $state,
    load,
    async loadMore() {
      const { loading: isLoading } = $state.get();
      if (next !== undefined && !isLoading) await page(next.token);
    },
    find,
    async locate(text) {
      if (replica.me === 0) throw new ClientError("unauthenticated", "Please sign in.");
      if (parseConversation(text) === undefined) {
        throw new ClientError("invalid_argument", `“${text}” is not an address: write @handle or #name.`);
      }
      const id = replica.resolve(text) ?? (await find(text))?.id;
      if (id === undefined) throw new ClientError("not_found", `There is no ${text}.`);
      return id;
    },
    markSeen(conversation, seq) {
      const id = replica.resolve(conversation);
      if (id !== undefined) unseen.markSeen(id, seq);
    },
    clear() {
      generation++;
      next = undefined;
      asked.clear();
      forgetUnlisted();
      $state.set(EMPTY);
    },
    close() {
      forgetUnlisted();
      for (const stop of stopListening) stop();
    },
  };
}
