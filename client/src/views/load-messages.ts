import { ChatService } from "@chat/proto/chat/v1/chat_service";
import { createClient, type Transport } from "@connectrpc/connect";
import { answer, callOptions } from "../calls.ts";
import type { FeedCore } from "../feed/feed.ts";
import { toChatMessage, toUserRow } from "../from-proto.ts";
import { LIVE } from "../replica/ranges.ts";
import type { Replica } from "../replica/replica.ts";
import type { ChatMessage } from "../types.ts";

const PAGE_SIZE = 50;

/** Which page of a conversation. */
export type PageOf = { readonly at: "newest" } | { readonly at: "before" | "after" | "around"; readonly seq: number };

/** Loads pages of conversations into the replica, with the ranges that they make known. Equal loads under way are one. */
export interface MessageLoader {
  /** Resolves when the page is in the replica, or void because the replica dropped the conversation meanwhile. @throws ClientError */
  load(conversation: string, page: PageOf): Promise<void>;
}

export function createMessageLoader(options: {
  transport: Transport;
  replica: Replica;
  feed: FeedCore;
}): MessageLoader {
  const { replica, feed } = options;
  const service = createClient(ChatService, options.transport);
  const underWay = new Map<string, Promise<void>>();

  async function loadPage(conversation: string, page: PageOf): Promise<void> {
    await feed.opened();
    const mark = replica.mark(conversation);
    const position = page.at === "newest" ? {} : { [page.at]: BigInt(page.seq) };
    const response = await answer(
      service.listMessages({ conversation, ...position, pageSize: PAGE_SIZE }, callOptions()),
    );
    if (replica.mark(conversation) !== mark) return;
    for (const user of response.users) replica.putUser(toUserRow(user));
    const messages = response.messages.map(toChatMessage);
    for (const message of messages) replica.putMessage(message);
    replica.cover(conversation, spanOf(page, messages, response.hasMore));
  }

  return {
    load(conversation, page) {
      const key = [replica.mark(conversation), conversation, ...Object.values(page)].join(" ");
      const same = underWay.get(key);
      if (same) return same;
      const loading = loadPage(conversation, page).finally(() => underWay.delete(key));
      underWay.set(key, loading);
      return loading;
    },
  };
}

/** The part of the conversation in which a page leaves nothing out. */
function spanOf(page: PageOf, messages: readonly ChatMessage[], hasMore: boolean): { from: number; to: number } {
  const first = hasMore ? (messages[0]?.seq ?? 0) : 0;
  const last = messages.at(-1)?.seq ?? 0;
  switch (page.at) {
    case "newest":
      return { from: first, to: LIVE };
    case "before":
      return { from: first, to: page.seq - 1 };
    case "after":
      return { from: page.seq + 1, to: hasMore ? last : LIVE };
    case "around":
      return { from: first, to: last };
  }
}
