import type {
  ChatClient,
  ChatConversation,
  ChatEvent,
  ChatMessage,
  ChatUser,
  ClientErrorCode,
  ClientErrorShape,
  ConnectionState,
  ConversationListState,
  OutboxItem,
  SessionState,
} from "@chat/client";
import { addressOf } from "@chat/client/conversation-id";
import { atom } from "nanostores";
import { createFakeData, fakeRoom, type FakeData } from "./fake-data.ts";
import { fakeTimeline } from "./fake-timeline.ts";

/** What a test or a developer does to a fake client from outside. */
export interface FakeControl {
  readonly $connection: ReturnType<typeof atom<ConnectionState>>;
  readonly $session: ReturnType<typeof atom<SessionState>>;
  /** Somebody says something, to everybody who is in that conversation. */
  receive(conversation: string, sender: string, text: string): ChatMessage;
  /** The next call of this name throws. */
  failNext(call: string, error: ClientErrorShape): void;
  /** Calls made so far, by name. */
  readonly calls: string[];
}

/** A {@link ChatClient} without a server: plausible data, answers at once or after `latencyMs`. For tests and for drawing. */
export function createFakeClient(
  options: { own?: string; signedIn?: boolean; latencyMs?: number; now?: () => number; data?: FakeData } = {},
): ChatClient & { readonly control: FakeControl } {
  const { own = "mehdi", signedIn = true, latencyMs = 0, now = Date.now } = options;
  const data = options.data ?? createFakeData(own, now());
  const people = new Map(data.users.map((user) => [user.handle, user]));
  const ownUser: ChatUser = people.get(own) ?? { handle: own, displayName: own };
  const $session = atom<SessionState>(
    signedIn ? { state: "signed-in", user: ownUser } : { state: "signed-out", ended: false },
  );
  const $connection = atom<ConnectionState>({ state: "live" });
  const $rooms = atom(data.rooms);
  const $messages = atom(data.messages);
  const $items = atom<readonly OutboxItem[]>([]);
  const $list = atom<ConversationListState>({ conversations: [], loaded: false, loading: false, hasMore: false });
  const listeners = new Set<(event: ChatEvent) => void>();
  const drafts = new Map<string, string>();
  const failures = new Map<string, ClientErrorShape>();
  const calls: string[] = [];

  async function answer<T>(name: string, value: () => T): Promise<T> {
    calls.push(name);
    if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
    const failure = failures.get(name);
    failures.delete(name);
    if (failure) throw failure;
    return value();
  }

  function describe(id: string): ChatConversation {
    const lastMessage = $messages.get().findLast((message) => message.conversation === id);
    const last = lastMessage === undefined ? { lastSeq: 0 } : { lastMessage, lastSeq: lastMessage.seq };
    const room = $rooms.get().find((known) => known.id === id);
    if (room) return { ...room, ...last };
    const address = addressOf(id, own);
    const peer = people.get(address.slice(1)) ?? { handle: address.slice(1), displayName: address.slice(1) };
    return {
      id,
      kind: "direct",
      address,
      title: peer.displayName,
      topic: "",
      peer,
      memberCount: 2,
      joined: true,
      ...last,
    };
  }

  function refreshList(): void {
    const joined = $rooms
      .get()
      .filter((room) => room.joined)
      .map((room) => room.id);
    const talks = $messages
      .get()
      .map((message) => message.conversation)
      .filter((id) => id.startsWith("@"));
    const conversations = [...new Set([...joined, ...talks])].map(describe).sort((a, b) => b.lastSeq - a.lastSeq);
    $list.set({ ...$list.get(), conversations, loaded: true, loading: false });
  }

  function post(conversation: string, sender: string, text: string, clientId: string): ChatMessage {
    const seq = ($messages.get().at(-1)?.seq ?? 0) + 3;
    const message: ChatMessage = { seq, conversation, sender, text, sentAt: now(), clientId };
    $messages.set([...$messages.get(), message]);
    $items.set($items.get().filter((item) => item.clientId !== clientId));
    refreshList();
    for (const listener of listeners) {
      listener({ seq, conversation, actor: sender, at: message.sentAt, kind: "message-posted", message });
    }
    return message;
  }

  function change(clientId: string, state: OutboxItem["state"], error?: string): void {
    const patch = error === undefined ? { state } : { state, error };
    $items.set($items.get().map((item) => (item.clientId === clientId ? { ...item, ...patch } : item)));
  }

  async function deliver(item: OutboxItem): Promise<void> {
    if ($connection.get().state !== "live") return;
    change(item.clientId, "sending");
    await answer("send", () => undefined);
    if (/^fail/i.test(item.text)) change(item.clientId, "failed", "The server refused this message.");
    else post(conversationId(item.to), own, item.text, item.clientId);
  }

  function conversationId(address: string): string {
    if (address.startsWith("#")) return address;
    return [own, address.slice(1)]
      .sort()
      .map((handle) => `@${handle}`)
      .join("");
  }

  function setJoined(name: string, joined: boolean): ChatConversation {
    const id = `#${name}`;
    $rooms.set($rooms.get().map((room) => (room.id === id ? { ...room, joined } : room)));
    refreshList();
    return describe(id);
  }

  $connection.listen(({ state }) => {
    if (state === "live") for (const item of $items.get()) if (item.state === "pending") void deliver(item);
  });
  if (signedIn) refreshList();

  const signIn = (name: string) =>
    answer(name, () => {
      $session.set({ state: "signed-in", user: ownUser });
      refreshList();
      return ownUser;
    });

  return {
    control: {
      $connection,
      $session,
      calls,
      receive: (conversation, sender, text) => post(conversation, sender, text, `in-${String($messages.get().length)}`),
      failNext: (call, error) => failures.set(call, error),
    },
    session: {
      $state: $session,
      login: () => signIn("login"),
      register: () => signIn("register"),
      logout: () => answer("logout", () => $session.set({ state: "signed-out", ended: false })),
      whoAmI: () => answer("whoAmI", () => ({ ...ownUser, email: `${own}@example.org` })),
    },
    feed: {
      $connection,
      onEvent(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      onReset: () => () => {},
      start: () => {},
      stop: () => {},
      retryNow: () => {
        calls.push("retryNow");
        $connection.set({ state: "live" });
      },
    },
    outbox: {
      $items,
      async send(to, text, { replyTo } = {}) {
        const reply = replyTo === undefined ? {} : { replyTo };
        const item: OutboxItem = {
          clientId: crypto.randomUUID(),
          to,
          text,
          ...reply,
          createdAt: now(),
          state: "pending",
        };
        await answer("outbox.send", () => $items.set([...$items.get(), item]));
        void deliver(item);
        return item;
      },
      delivered: () => new Promise(() => {}),
      retry(clientId) {
        calls.push("outbox.retry");
        change(clientId, "pending");
        const item = $items.get().find((each) => each.clientId === clientId);
        if (item) void deliver({ ...item, text: item.text.replace(/^fail/i, "Delivered after all:") });
      },
      remove: (clientId) =>
        answer("outbox.remove", () => $items.set($items.get().filter((item) => item.clientId !== clientId))),
    },
    conversations: {
      $state: $list,
      load: () => answer("conversations.load", refreshList),
      loadMore: () => answer("conversations.loadMore", () => undefined),
    },
    users: {
      search: (query) =>
        answer("users.search", () =>
          data.users.filter(({ handle, displayName }) =>
            `${handle} ${displayName}`.toLowerCase().includes(query.toLowerCase()),
          ),
        ),
      get: (handle) => answer("users.get", () => people.get(handle)),
    },
    rooms: {
      list: ({ query = "" } = {}) =>
        answer("rooms.list", () => ({
          rooms: $rooms
            .get()
            .filter((room) => `${room.address} ${room.title}`.toLowerCase().includes(query.toLowerCase())),
          hasMore: false,
        })),
      create: ({ name, title = name, topic = "" }) =>
        answer("rooms.create", () => {
          $rooms.set([...$rooms.get(), { ...fakeRoom(name, title, topic, true), memberCount: 1 }]);
          refreshList();
          return describe(`#${name}`);
        }),
      join: (name) => answer("rooms.join", () => setJoined(name, true)),
      leave: (name) => answer("rooms.leave", () => void setJoined(name, false)),
    },
    messages: {
      list: () => answer("messages.list", () => ({ messages: $messages.get(), hasMore: false })),
      get: (seq) =>
        answer("messages.get", () => {
          const message = $messages.get().find((each) => each.seq === seq);
          if (!message) throw createFakeError("not_found", "There is no such message");
          return message;
        }),
    },
    drafts: {
      get: (address) => drafts.get(address) ?? "",
      set: (address, text) => void (text === "" ? drafts.delete(address) : drafts.set(address, text)),
    },
    timeline: (address) => fakeTimeline({ address, id: conversationId(address), $messages, $items, answer }),
    close: () => Promise.resolve(),
  };
}

/** An error as the SDK throws it. */
export function createFakeError(
  code: ClientErrorCode,
  message: string,
  fields: ClientErrorShape["fields"] = [],
): ClientErrorShape {
  return Object.assign(new Error(message), { code, fields });
}
