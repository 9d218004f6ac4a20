import type { Transport } from "@connectrpc/connect";
import { createEnvironment, type Environment } from "./environment.ts";
import type { ConnectionEvents } from "./feed/connection-events.ts";
import { createFeedCursor } from "./feed/feed-cursor.ts";
import { createFeed } from "./feed/feed.ts";
import { createOwnStream } from "./feed/own-stream.ts";
import { createSharedStream } from "./feed/shared-stream.ts";
import type { Tabs } from "./feed/tabs.ts";
import { createOutbox } from "./outbox/outbox.ts";
import { createReplica } from "./replica/replica.ts";
import { createUnseen } from "./replica/unseen.ts";
import { createSession } from "./session/session.ts";
import type { ClientStorage } from "./storage/storage.ts";
import type { ChatClient, SessionState } from "./types.ts";
import { createConversationList } from "./views/conversation-list.ts";
import { createDrafts } from "./views/drafts.ts";
import { createMessageLoader } from "./views/load-messages.ts";
import { createMessages } from "./views/messages.ts";
import { createRooms } from "./views/rooms.ts";
import { createTimelines } from "./views/timelines.ts";
import { createUsers } from "./views/users.ts";

/** What a client is made of; `createNodeChatClient` and `createWebChatClient` fill it in. */
export interface ChatClientOptions {
  readonly transport: Transport;
  readonly storage: ClientStorage;
  /** `stored`: the feed goes on where the last run ended; `memory` (the default): it begins now. */
  readonly cursor?: "stored" | "memory";
  /** Whether the feed starts by itself once somebody is signed in. Default true. */
  readonly autoStart?: boolean;
  readonly connectionEvents?: ConnectionEvents | undefined;
  /** The other tabs of this browser, to share one stream with; without them each client has a stream of its own. */
  readonly tabs?: Tabs | undefined;
  /** Clock, randomness, timers and logger; the platform's own by default. */
  readonly environment?: { [K in keyof Environment]?: Environment[K] };
}

/** Puts a client together: the session decides who it works for, feed and pages fill the replica, and the rest are views of it. */
export function createChatClient(options: ChatClientOptions): ChatClient {
  const { storage, tabs, cursor = "memory", autoStart = true } = options;
  const environment = createEnvironment(options.environment);
  const place = createFeedCursor({ storage, environment, stored: cursor === "stored" });
  let isStreaming = (): boolean => false;
  const session = createSession({
    transport: options.transport,
    storage,
    environment,
    cursor: () => (isStreaming() ? place.get() : ""),
  });
  const { transport } = session;
  const replica = createReplica(environment);
  const stream = {
    transport: options.transport,
    session,
    environment,
    connectionEvents: options.connectionEvents,
  };
  const feed = createFeed({
    replica,
    environment,
    cursor: place,
    source: (target) =>
      // A tab with a session of its own is alone with it.
      tabs && storage.isShared()
        ? createSharedStream({ ...stream, tabs, person: replica.me }, target)
        : createOwnStream(stream, target),
  });
  isStreaming = () => feed.$connection.get().state !== "stopped";
  const unseen = createUnseen({ storage, replica, environment });
  replica.unseen = unseen.count;
  const outbox = createOutbox({ session, feed, replica, storage, environment });
  const conversations = createConversationList({ environment, transport, replica, feed, outbox, unseen });
  const loader = createMessageLoader({ transport, replica, feed });
  const timelines = createTimelines({ replica, outbox, loader, locate: conversations.locate });
  const drafts = createDrafts({ storage, environment, replica });

  function follow(state: SessionState): void {
    const person = state.state === "signed-in" ? state.user.id : 0;
    if (person === replica.me) return;
    replica.begin(person);
    conversations.clear();
    feed.begin(person);
    unseen.begin(person);
    outbox.begin(person);
    if (person === 0 || !autoStart) return;
    feed.start();
    void conversations.load();
  }
  const stopFollowing = [
    session.$state.subscribe(follow),
    replica.listen(({ users }) => {
      const me = users ? replica.user(replica.me) : undefined;
      if (me) session.rowChanged(me);
    }),
    feed.onGap(() => void conversations.load()),
  ];

  return {
    session,
    feed,
    outbox,
    conversations,
    users: createUsers(transport, replica),
    rooms: createRooms(transport, replica),
    messages: createMessages(transport, replica),
    drafts,
    timeline: timelines.open,
    async close() {
      for (const stop of stopFollowing) stop();
      outbox.close();
      timelines.close();
      conversations.close();
      unseen.close();
      drafts.close();
      feed.close();
      session.close();
      await storage.close();
    },
  };
}
