import type { Transport } from "@connectrpc/connect";
import { atom } from "nanostores";
import { toAddress } from "./address.ts";
import { toClientError } from "./client-error.ts";
import type { ConnectionEvents } from "./connection-events.ts";
import { createConversationList } from "./conversation-list.ts";
import { createDrafts } from "./drafts.ts";
import { createEnvironment, type Environment } from "./environment.ts";
import { createFeedCursor } from "./feed-cursor.ts";
import { createFeed } from "./feed.ts";
import { createMessages } from "./messages.ts";
import { createOutbox } from "./outbox.ts";
import { createRooms } from "./rooms.ts";
import { createSession } from "./session.ts";
import type { ClientStorage } from "./storage.ts";
import { createTimelines } from "./timelines.ts";
import type { ChatClient, SessionState, Timeline, TimelineState } from "./types.ts";
import { createUsers } from "./users.ts";

/** What a client is made of; `createNodeChatClient` and `createWebChatClient` fill it in. */
export interface ChatClientOptions {
  readonly transport: Transport;
  readonly storage: ClientStorage;
  /** `stored`: the feed goes on where the last run ended; `memory` (the default): it begins now. */
  readonly cursor?: "stored" | "memory";
  /** Whether the feed starts by itself once somebody is signed in. Default true. */
  readonly autoStart?: boolean;
  readonly connectionEvents?: ConnectionEvents;
  /** Clock, randomness, timers and logger; the platform's own by default. */
  readonly environment?: { [K in keyof Environment]?: Environment[K] };
}

/** Puts a client together: the session decides who it works for; feed and outbox fill the list and the timelines. */
export function createChatClient(options: ChatClientOptions): ChatClient {
  const { transport, storage, cursor = "memory", autoStart = true } = options;
  const environment = createEnvironment(options.environment);
  const session = createSession({ transport, storage, environment });
  const feed = createFeed({
    transport,
    session,
    cursor: createFeedCursor({ storage, environment, stored: cursor === "stored" }),
    environment,
    connectionEvents: options.connectionEvents,
  });
  let handle: string | undefined;
  const currentHandle = (): string | undefined => handle;
  const outbox = createOutbox({ session, feed, storage, environment });
  const conversations = createConversationList({ session, feed, handle: currentHandle });
  const messages = createMessages(session.transport);
  const timelines = createTimelines({ feed, outbox, messages });
  const users = createUsers(session.transport);
  const rooms = createRooms({
    transport: session.transport,
    environment,
    onJoined: conversations.put,
    onLeft: conversations.remove,
  });
  outbox.onDelivered((message) => {
    timelines.add(message);
    conversations.note(message);
  });

  function follow(state: SessionState): void {
    const next = state.state === "signed-in" ? state.user.handle : undefined;
    if (next === handle) return;
    handle = next;
    timelines.clear();
    conversations.clear();
    users.clear();
    outbox.end();
    if (next === undefined) return feed.stop();
    feed.begin(next);
    outbox.begin(next);
    if (!autoStart) return;
    feed.start();
    void conversations.load();
  }
  const stopFollowing = session.$state.subscribe(follow);

  return {
    session,
    feed,
    outbox,
    conversations,
    users,
    rooms,
    messages,
    drafts: createDrafts({ storage, environment, handle: currentHandle }),
    timeline(text) {
      if (handle === undefined) return emptyTimeline(text, { code: "unauthenticated", message: "Please sign in." });
      try {
        return timelines.open(toAddress(text, handle), handle);
      } catch (error) {
        const { code, message } = toClientError(error);
        return emptyTimeline(text, { code, message });
      }
    },
    async close() {
      stopFollowing();
      outbox.close();
      feed.close();
      session.close();
      await storage.close();
    },
  };
}

/** The view of something that is no conversation, or nobody's. */
function emptyTimeline(address: string, error: NonNullable<TimelineState["error"]>): Timeline {
  const nothing = async (): Promise<void> => {};
  return {
    $state: atom({ address, rows: [], loaded: false, loading: false, hasOlder: false, error }),
    loadOlder: nothing,
    reload: nothing,
    close() {},
  };
}
