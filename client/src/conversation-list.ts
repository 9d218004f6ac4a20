import { ChatService } from "@chat/proto/chat/v1/chat_service";
import { createClient } from "@connectrpc/connect";
import { atom } from "nanostores";
import { settle, toClientError } from "./client-error.ts";
import type { FeedCore } from "./feed.ts";
import { toChatConversation } from "./from-proto.ts";
import type { Session } from "./session.ts";
import type { ChatConversation, ChatEvent, ChatMessage, ConversationList, ConversationListState } from "./types.ts";

const PAGE = 100;
const CALL_TIMEOUT_MS = 15_000;
/** How long a load waits for the stream to open first, so that nothing falls between the two. */
const OPEN_TIMEOUT_MS = 3_000;

/** The list as the rest of the SDK uses it. */
export interface ConversationListCore extends ConversationList {
  /** A conversation that the caller is in, as the server has just described it. */
  put(conversation: ChatConversation): void;
  /** The caller is no longer in it. */
  remove(id: string): void;
  /** A message that was stored. */
  note(message: ChatMessage): void;
  clear(): void;
}

const EMPTY: ConversationListState = { conversations: [], loaded: false, loading: false, hasMore: false };

/** See {@link ConversationList}. */
export function createConversationList(options: {
  session: Session;
  feed: FeedCore;
  handle: () => string | undefined;
}): ConversationListCore {
  const { session, feed } = options;
  const service = createClient(ChatService, session.transport);
  const $state = atom<ConversationListState>(EMPTY);
  const entries = new Map<string, ChatConversation>();
  /** Rooms that the caller left, and when: a page may have been on its way. */
  const left = new Map<string, number>();
  /** Where the next page begins: the end of what pages have brought. */
  let before: bigint | undefined;
  let generation = 0;
  let loading: Promise<void> | undefined;
  let again = false;

  function draw(change: Partial<ConversationListState> = {}): void {
    const conversations = [...entries.values()].sort((one, other) => other.lastSeq - one.lastSeq);
    const { error: _, ...rest } = $state.get();
    $state.set({ ...rest, ...change, conversations });
  }

  /** What is known here may be newer than a page that was on its way. */
  function put(conversation: ChatConversation): void {
    const known = entries.get(conversation.id);
    if (!known || known.lastSeq <= conversation.lastSeq) entries.set(conversation.id, conversation);
  }

  async function page(from: bigint | undefined, isFirst: boolean): Promise<void> {
    const mine = generation;
    if (isFirst) await feed.opened(OPEN_TIMEOUT_MS);
    if (mine !== generation) return;
    // What asked meanwhile is answered by this page.
    if (isFirst) again = false;
    draw({ loading: true });
    try {
      const response = await settle(
        service.listConversations(
          { limit: PAGE, ...(from !== undefined && { before: from }) },
          { timeoutMs: CALL_TIMEOUT_MS },
        ),
      );
      if (mine !== generation) return;
      const conversations = response.conversations.map(toChatConversation);
      if (isFirst && !$state.get().loaded) before = undefined;
      for (const conversation of conversations) {
        if (conversation.lastSeq >= (left.get(conversation.id) ?? 0)) put(conversation);
      }
      const last = response.conversations.at(-1)?.lastSeq;
      if (last !== undefined && (before === undefined || last < before)) before = last;
      // A first page that is loaded again says nothing about the pages after it.
      const hasMore = isFirst && $state.get().loaded ? $state.get().hasMore : response.hasMore;
      draw({ loaded: true, loading: false, hasMore });
    } catch (error) {
      if (mine === generation) draw({ loading: false, error: toClientError(error).message });
    }
  }

  function load(): Promise<void> {
    if (loading) {
      again = true;
      return loading;
    }
    loading = (async () => {
      do {
        again = false;
        await page(undefined, true);
      } while (again);
    })().finally(() => {
      loading = undefined;
    });
    return loading;
  }

  function note(message: ChatMessage): void {
    const known = entries.get(message.conversation);
    if (!known) return void load(); // the first message of a conversation: the server knows its title
    if (message.seq <= (known.lastMessage?.seq ?? 0)) return;
    entries.set(known.id, { ...known, lastMessage: message, lastSeq: Math.max(known.lastSeq, message.seq) });
    draw();
  }

  function apply(event: ChatEvent): void {
    if (event.kind === "message-posted") return note(event.message);
    const known = entries.get(event.conversation);
    if (event.kind === "member-left" && event.actor === options.handle()) {
      left.set(event.conversation, event.seq);
      if (known && known.lastSeq <= event.seq && entries.delete(event.conversation)) draw();
      return;
    }
    if (!known) return void load();
    if (event.seq <= known.lastSeq) return;
    const joined = event.kind === "member-joined" ? 1 : event.kind === "member-left" ? -1 : 0;
    entries.set(known.id, { ...known, memberCount: known.memberCount + joined, lastSeq: event.seq });
    draw();
  }

  function clear(): void {
    generation++;
    entries.clear();
    left.clear();
    before = undefined;
    $state.set(EMPTY);
  }

  feed.onEvent(apply);
  feed.onReset(clear);
  feed.onFresh(() => void load());

  return {
    $state,
    load,
    async loadMore() {
      const { loaded, hasMore, loading: isLoading } = $state.get();
      if (loaded && hasMore && !isLoading) await page(before, false);
    },
    put(conversation) {
      put(conversation);
      draw();
    },
    remove(id) {
      if (entries.delete(id)) draw();
    },
    note,
    clear,
  };
}
