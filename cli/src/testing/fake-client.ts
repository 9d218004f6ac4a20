import { atom } from "nanostores";
import type {
  ChatClient,
  ChatConversation,
  ChatEvent,
  ChatMessage,
  ChatUser,
  ClientErrorCode,
  ConnectionState,
  ConversationListState,
  OutboxItem,
  SessionState,
  TimelineRow,
  TimelineState,
} from "@chat/client";
import { addressOf, toConversationId } from "@chat/client/conversation-id";

/** An error shaped like the SDK's. */
export function clientError(
  code: ClientErrorCode,
  message: string,
  fields: { field: string; description: string }[] = [],
): Error {
  return Object.assign(new Error(message), { code, fields });
}

/** When the first message is sent, in ms since 1970: 08:00 local time. */
export const FIRST_SENT_AT = new Date(2026, 10, 24, 8, 0).getTime();

const PASSWORD = "000000";

/** A chat without a network: the client, and what the server and others do to it. */
export interface FakeChat {
  readonly client: ChatClient;
  /** Every call of note, in words: "login ada". */
  readonly calls: string[];
  readonly $connection: ReturnType<typeof atom<ConnectionState>>;
  /** Somebody says something, in what the signed-in person calls `address`. */
  says(sender: string, address: string, text: string, sentAt?: number): ChatMessage;
  emit(event: ChatEvent): void;
  reset(): void;
  endSession(): void;
  /** How sending goes from now on. */
  sending: "works" | "waits" | Error;
  /** Set: every question to the server fails with it. */
  failure: Error | undefined;
}

/** A chat with some people and rooms. `self` is signed in; undefined: nobody. */
export function createFakeChat(
  options: { self?: string; users?: string[]; rooms?: string[]; joined?: string[] } = {},
): FakeChat {
  const users = (options.users ?? ["ada", "bob", "bobby"]).map((handle): ChatUser => ({
    handle,
    displayName: `${handle} Smith`,
  }));
  const rooms = new Map((options.rooms ?? []).map((name) => [name, false]));
  for (const name of options.joined ?? []) rooms.set(name, true);
  const messages: ChatMessage[] = [];
  const listeners = new Set<(event: ChatEvent) => void>();
  const resetListeners = new Set<() => void>();
  const drafts = new Map<string, string>();
  const waiters = new Map<string, PromiseWithResolvers<ChatMessage>>();
  const views = new Map<string, ReturnType<typeof atom<TimelineState>>>();
  const self = () => (session.get() as { user?: ChatUser }).user?.handle ?? "";
  const session = atom<SessionState>(
    options.self === undefined
      ? { state: "signed-out", ended: false }
      : { state: "signed-in", user: { handle: options.self, displayName: options.self } },
  );
  const $connection = atom<ConnectionState>({ state: "stopped" });
  const $items = atom<readonly OutboxItem[]>([]);
  const $conversations = atom<ConversationListState>({
    conversations: [],
    loaded: true,
    loading: false,
    hasMore: false,
  });
  let seq = 0;

  const asked = () => {
    if (fake.failure !== undefined) throw fake.failure;
  };
  const inConversation = (address: string) =>
    messages.filter(({ conversation }) => conversation === toConversationId(address, self()));
  const redraw = () => {
    for (const [address, $state] of views) {
      const stored = inConversation(address).map((message): TimelineRow => ({
        state: "sent",
        key: `${message.sender}/${message.clientId}`,
        message,
      }));
      const items = $items.get().filter(({ to }) => to === address);
      const rows = [
        ...stored,
        ...items.map((item): TimelineRow => ({ state: item.state, key: `${self()}/${item.clientId}`, item })),
      ];
      $state.set({ ...$state.get(), rows });
    }
  };
  const room = (name: string): ChatConversation => ({
    ...{ id: `#${name}`, kind: "room", address: `#${name}`, title: name, topic: "", lastSeq: 0, memberCount: 1 },
    joined: rooms.get(name) === true,
  });
  const list = () => {
    const direct = new Set(
      messages.flatMap(({ conversation }) => (conversation.startsWith("@") ? [addressOf(conversation, self())] : [])),
    );
    const conversations = [
      ...[...direct].map((address): ChatConversation => ({
        ...room(""),
        id: toConversationId(address, self()),
        kind: "direct",
        address,
        title: address.slice(1),
      })),
      ...[...rooms].flatMap(([name, joined]) => (joined ? [room(name)] : [])),
    ].map((conversation) => {
      const lastMessage = inConversation(conversation.address).at(-1);
      return lastMessage === undefined ? conversation : { ...conversation, lastMessage, lastSeq: lastMessage.seq };
    });
    $conversations.set({
      ...$conversations.get(),
      conversations: conversations.sort((one, other) => other.lastSeq - one.lastSeq),
    });
  };
  const post = (
    sender: string,
    address: string,
    text: string,
    clientId = `${sender}-${seq}`,
    sentAt = FIRST_SENT_AT + seq * 60_000,
  ) => {
    const message: ChatMessage = {
      seq: (seq += 1),
      conversation: toConversationId(address, self()),
      sender,
      text,
      sentAt,
      clientId,
    };
    messages.push(message);
    list();
    redraw();
    fake.emit({ kind: "message-posted", seq, conversation: message.conversation, actor: sender, at: sentAt, message });
    return message;
  };
  const change = (clientId: string, part: Partial<OutboxItem> | undefined) => {
    const items = $items.get();
    $items.set(
      part === undefined
        ? items.filter((item) => item.clientId !== clientId)
        : items.map((item) => (item.clientId === clientId ? { ...item, ...part } : item)),
    );
    redraw();
  };
  const attempt = (clientId: string) => {
    const item = $items.get().find((candidate) => candidate.clientId === clientId);
    if (item === undefined || fake.sending === "waits") return;
    const waiter = waiters.get(clientId);
    if (fake.sending instanceof Error) {
      change(clientId, { state: "failed", error: fake.sending.message });
      return waiter?.reject(fake.sending);
    }
    change(clientId, undefined);
    waiter?.resolve(post(self(), item.to, item.text, clientId));
  };

  const client: ChatClient = {
    session: {
      $state: session,
      async login({ login, password }) {
        fake.calls.push(`login ${login}`);
        asked();
        const user = users.find(({ handle }) => handle === login);
        if (user === undefined || password !== PASSWORD)
          throw clientError("unauthenticated", "The name or the password is wrong.");
        session.set({ state: "signed-in", user });
        return user;
      },
      async register({ username, email, displayName }) {
        fake.calls.push(`register ${username} ${email}`);
        asked();
        if (users.some(({ handle }) => handle === username)) {
          throw clientError("already_exists", "This handle is taken.", [
            { field: "username", description: "This handle is taken." },
          ]);
        }
        const user = { handle: username, displayName: displayName ?? "" };
        session.set({ state: "signed-in", user });
        return user;
      },
      async logout() {
        fake.calls.push("logout");
        session.set({ state: "signed-out", ended: false });
      },
      async whoAmI() {
        asked();
        return { handle: self(), displayName: "", email: `${self()}@example.com` };
      },
    },
    feed: {
      $connection,
      onEvent: (listener) => (listeners.add(listener), () => listeners.delete(listener)),
      onReset: (listener) => (resetListeners.add(listener), () => resetListeners.delete(listener)),
      start: () => $connection.set({ state: "live" }),
      stop: () => $connection.set({ state: "stopped" }),
      retryNow: () => {},
    },
    outbox: {
      $items,
      async send(to, text, { replyTo } = {}) {
        const item: OutboxItem = {
          clientId: `out-${(seq += 1)}`,
          to,
          text,
          createdAt: FIRST_SENT_AT,
          state: "pending",
          ...(replyTo === undefined ? {} : { replyTo }),
        };
        const waiter = Promise.withResolvers<ChatMessage>();
        // Nobody may wait for it.
        waiter.promise.catch(() => {});
        waiters.set(item.clientId, waiter);
        $items.set([...$items.get(), item]);
        redraw();
        queueMicrotask(() => attempt(item.clientId));
        return item;
      },
      delivered: (clientId) => waiters.get(clientId)?.promise ?? Promise.reject(new Error("unknown")),
      retry(clientId) {
        change(clientId, { state: "pending" });
        attempt(clientId);
      },
      async remove(clientId) {
        fake.calls.push(`remove ${clientId}`);
        change(clientId, undefined);
      },
    },
    conversations: {
      $state: $conversations,
      async load() {
        list();
        if (fake.failure !== undefined) $conversations.set({ ...$conversations.get(), error: fake.failure.message });
      },
      loadMore: async () => {},
    },
    users: {
      async search(query, { limit = 20 } = {}) {
        asked();
        return users.filter(({ handle }) => handle.includes(query)).slice(0, limit);
      },
      async get(handle) {
        asked();
        return users.find((user) => user.handle === handle);
      },
    },
    rooms: {
      async list({ query = "" } = {}) {
        asked();
        return { rooms: [...rooms.keys()].filter((name) => name.includes(query)).map(room), hasMore: false };
      },
      async create({ name }) {
        fake.calls.push(`create ${name}`);
        if (rooms.has(name)) throw clientError("already_exists", "That is already taken.");
        rooms.set(name, true);
        list();
        return room(name);
      },
      async join(name) {
        fake.calls.push(`join ${name}`);
        if (!rooms.has(name)) throw clientError("not_found", `There is no room #${name}.`);
        rooms.set(name, true);
        list();
        return room(name);
      },
      async leave(name) {
        fake.calls.push(`leave ${name}`);
        rooms.set(name, false);
        list();
      },
    },
    messages: {
      async list({ conversation, before = Infinity, limit = 50 } = {}) {
        asked();
        const found = (conversation === undefined ? messages : inConversation(conversation)).filter(
          (message) => message.seq < before,
        );
        return { messages: found.slice(-limit), hasMore: found.length > limit };
      },
      async get(wanted) {
        const found = messages.find((message) => message.seq === wanted);
        if (found === undefined) throw clientError("not_found", "There is no such message.");
        return found;
      },
    },
    drafts: { get: (address) => drafts.get(address) ?? "", set: (address, text) => void drafts.set(address, text) },
    timeline(address) {
      const $state =
        views.get(address) ?? atom<TimelineState>({ address, rows: [], loaded: true, loading: false, hasOlder: false });
      views.set(address, $state);
      redraw();
      return { $state, loadOlder: async () => {}, reload: async () => redraw(), close: () => {} };
    },
    async close() {
      fake.calls.push("close");
    },
  };
  const fake: FakeChat = {
    client,
    calls: [],
    $connection,
    says: (sender, address, text, sentAt) => post(sender, address, text, undefined, sentAt),
    emit: (event) => listeners.forEach((listener) => listener(event)),
    reset: () => resetListeners.forEach((listener) => listener()),
    endSession: () => session.set({ state: "signed-out", ended: true }),
    sending: "works",
    failure: undefined,
  };
  list();
  return fake;
}
