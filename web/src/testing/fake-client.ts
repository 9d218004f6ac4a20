import type {
  ChatClient,
  ChatConversation,
  ChatMessage,
  ChatUser,
  ClientErrorShape,
  ConnectionState,
  ConversationListState,
  SessionState,
} from "@chat/client";
import { atom } from "nanostores";
import { createFakeData, FAKE_IDS, type FakeData } from "./fake-data.ts";
import { createFakeOutbox } from "./fake-outbox.ts";
import { createFakeStore, type FakeStore } from "./fake-store.ts";
import { fakeTimeline } from "./fake-timeline.ts";

/** What a test or a developer does to a fake client from outside. */
export interface FakeControl {
  readonly $connection: ReturnType<typeof atom<ConnectionState>>;
  readonly $session: ReturnType<typeof atom<SessionState>>;
  /** The server's rows: what others do, do here. */
  readonly store: FakeStore;
  /** Somebody says something, to everybody who is in that conversation. */
  receive(conversation: string, sender: number, text: string, more?: Partial<ChatMessage>): ChatMessage;
  /** Another tab changes a draft. */
  draftElsewhere(conversation: string, text: string): void;
  /** The next call of this name throws; an action is a call by its kind ("edit"). */
  failNext(call: string, error: ClientErrorShape): void;
  /** Calls made so far, by name. */
  readonly calls: string[];
}

/** A {@link ChatClient} without a server: plausible data, answers at once or after `latencyMs`. For tests and for drawing. */
export function createFakeClient(
  options: { signedIn?: boolean; latencyMs?: number; now?: () => number; data?: FakeData } = {},
): ChatClient & { readonly control: FakeControl } {
  const { signedIn = true, latencyMs = 0, now = Date.now } = options;
  const ownId = FAKE_IDS.mehdi;
  const data = options.data ?? createFakeData(now());
  const store = createFakeStore({ ownId, data, now });
  const own = (): ChatUser =>
    store.$users.get().get(ownId) ?? { id: ownId, handle: "mehdi", displayName: "Mehdi", removed: false };
  const $session = atom<SessionState>(
    signedIn ? { state: "signed-in", user: own() } : { state: "signed-out", ended: false },
  );
  const $connection = atom<ConnectionState>({ state: "live" });
  const $list = atom<ConversationListState>({ conversations: [], loaded: false, loading: false, hasMore: false });
  const drafts = new Map<string, string>();
  const draftListeners = new Set<(conversation: string, text: string) => void>();
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
  const outbox = createFakeOutbox({ store, $connection, now, answer, calls });

  /** With what the outbox is about to do to it. */
  function shown(id: string): ChatConversation {
    const conversation = store.conversation(id);
    const waiting = outbox.$items.get().findLast(({ action, queue, state }) => {
      return queue === id && state !== "failed" && (action.kind === "join" || action.kind === "leave");
    });
    return waiting === undefined ? conversation : { ...conversation, joined: waiting.action.kind === "join" };
  }

  function refreshList(): void {
    const ids = [...store.$rooms.get().map(({ id }) => id), ...store.$messages.get().map((each) => each.conversation)];
    const conversations = [...new Set(ids)]
      .map(shown)
      .filter(({ joined }) => joined)
      .sort((a, b) => b.sortSeq - a.sortSeq);
    $list.set({ ...$list.get(), conversations, loaded: true, loading: false });
  }
  if (signedIn) refreshList();
  for (const $atom of [store.$messages, store.$rooms, store.$users, store.$seen, outbox.$items]) {
    $atom.listen(() => $list.get().loaded && refreshList());
  }

  const signIn = (name: string) =>
    answer(name, () => {
      $session.set({ state: "signed-in", user: own() });
      refreshList();
      return own();
    });
  const signOut = (): void => $session.set({ state: "signed-out", ended: false });

  return {
    control: {
      $connection,
      $session,
      store,
      calls,
      receive: (conversation, sender, text, more = {}) => store.post({ ...more, conversation, sender, text }),
      draftElsewhere(conversation, text) {
        drafts.set(conversation, text);
        for (const listener of draftListeners) listener(conversation, text);
      },
      failNext: (call, error) => failures.set(call, error),
    },
    session: {
      $state: $session,
      login: () => signIn("login"),
      register: () => signIn("register"),
      logout: () => answer("logout", signOut),
      whoAmI: () => answer("whoAmI", () => ({ ...own(), email: `${own().handle}@example.org` })),
      updateProfile: ({ username, displayName }) =>
        answer("updateProfile", () =>
          store.putUser(ownId, {
            ...(username !== undefined && { handle: username }),
            ...(displayName !== undefined && { displayName }),
          }),
        ),
      deleteAccount: () => answer("deleteAccount", signOut),
    },
    feed: {
      $connection,
      onChange(listener) {
        store.listeners.add(listener);
        return () => store.listeners.delete(listener);
      },
      onReset: () => () => {},
      start: () => {},
      stop: () => {},
      retryNow: () => {
        calls.push("retryNow");
        $connection.set({ state: "live" });
      },
    },
    outbox,
    conversations: {
      $state: $list,
      load: () => answer("conversations.load", refreshList),
      loadMore: () => answer("conversations.loadMore", () => undefined),
      find: (name) =>
        answer("conversations.find", () => {
          const id = store.resolve(name);
          return id === undefined ? undefined : shown(id);
        }),
      markSeen(name, seq) {
        calls.push("markSeen");
        const id = store.resolve(name) ?? name;
        if (seq > (store.$seen.get().get(id) ?? 0)) store.$seen.set(new Map(store.$seen.get()).set(id, seq));
      },
    },
    users: {
      $known: store.$users,
      get: (id) => store.$users.get().get(id),
      find: (handle) =>
        answer("users.find", () =>
          [...store.$users.get().values()].find((user) => user.handle === handle.replace(/^@/, "")),
        ),
      search: (query) =>
        answer("users.search", () => ({
          users: [...store.$users.get().values()].filter(({ handle, displayName }) =>
            `${handle} ${displayName}`.toLowerCase().includes(query.toLowerCase()),
          ),
          nextPageToken: "",
        })),
    },
    rooms: {
      list: ({ query = "" } = {}) =>
        answer("rooms.list", () => ({
          rooms: store.$rooms
            .get()
            .filter((room) => `${room.address} ${room.title}`.toLowerCase().includes(query.toLowerCase())),
          nextPageToken: "",
        })),
      members: () => answer("rooms.members", () => ({ members: [], nextPageToken: "" })),
    },
    messages: {
      list: () => answer("messages.list", () => ({ messages: store.$messages.get(), hasMore: false })),
      get: (seq) => answer("messages.get", () => store.message(seq)),
      versions: (seq) => answer("messages.versions", () => store.versions(seq)),
      pins: (name) =>
        answer("messages.pins", () =>
          store.$messages
            .get()
            .filter(({ pinned, conversation }) => pinned && conversation === store.resolve(name))
            .toReversed(),
        ),
    },
    drafts: {
      get: (name) => drafts.get(store.resolve(name) ?? name) ?? "",
      set: (name, text) => {
        const key = store.resolve(name) ?? name;
        if (text === "") drafts.delete(key);
        else drafts.set(key, text);
      },
      onChange(listener) {
        draftListeners.add(listener);
        return () => draftListeners.delete(listener);
      },
    },
    timeline: (address) => fakeTimeline({ address, store, $items: outbox.$items, answer }),
    close: () => Promise.resolve(),
  };
}
