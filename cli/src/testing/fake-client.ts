import { atom } from "nanostores";
import type {
  Cause,
  ChatChange,
  ChatClient,
  ChatConversation,
  ChatMessage,
  ChatUser,
  ClientErrorCode,
  ConnectionState,
  ConversationListState,
  OutboxAction,
  OutboxItem,
  OutboxResult,
  SessionState,
  TimelineRow,
  TimelineState,
} from "@chat/client";
import { directId } from "@chat/client/address";
import { clientError, type FakeChat, type FakeRoom } from "./fake-chat.ts";
import { pageOf, peopleCalled, rowsAround, unsentMessage, withReaction, withoutReaction } from "./fake-rows.ts";

/** When the first message is sent, in ms since 1970: 08:00 local time. */
export const FIRST_SENT_AT = new Date(2026, 10, 24, 8, 0).getTime();

const PASSWORD = "000000";
const FIRST_PERSON = 4_096;
const FIRST_ROOM = 6_000;
const FIRST_MESSAGE = 8_192;
/** Loaded by a timeline at once. */
const PAGE = 50;
/** A chat with some people and rooms. `self` is signed in. */
export function createFakeChat(
  options: { self?: string; users?: string[]; rooms?: string[]; joined?: string[] } = {},
): FakeChat {
  const people = peopleCalled(options.users ?? ["ada", "bob", "bobby"], FIRST_PERSON);
  const $known = atom<ReadonlyMap<number, ChatUser>>(new Map(people.map((user) => [user.id, user])));
  const byHandle = (handle: string) => people.find((user) => user.handle === handle);
  const personId = (handle: string) => byHandle(handle)?.id ?? 0;
  const session = atom<SessionState>({ state: "signed-out", ended: false });
  const signIn = (user: ChatUser) => session.set({ state: "signed-in", user });
  const own = options.self === undefined ? undefined : byHandle(options.self);
  if (own !== undefined) signIn(own);
  const me = (): ChatUser => {
    const state = session.get();
    return state.state === "signed-in" ? state.user : { id: 0, handle: "", displayName: "", removed: false };
  };
  const rooms: FakeRoom[] = [...(options.rooms ?? []), ...(options.joined ?? [])].map((name, index) => ({
    ...{
      id: String(FIRST_ROOM + index),
      oldNames: [],
      name,
      title: "",
      topic: "",
      creator: FIRST_PERSON,
      version: index,
    },
    members: new Set((options.joined ?? []).includes(name) ? [own?.id ?? FIRST_PERSON] : []),
  }));
  let messages: ChatMessage[] = [];
  let posted = 0;
  let version = FIRST_MESSAGE;
  const listeners = new Set<(change: ChatChange) => void>();
  const resetListeners = new Set<() => void>();
  const drafts = new Map<string, string>();
  const waiters = new Map<string, PromiseWithResolvers<OutboxResult>>();
  const views = new Map<string, { $state: ReturnType<typeof atom<TimelineState>>; loaded: number }>();
  const seen = new Map<string, number>();
  const $connection = atom<ConnectionState>({ state: "stopped" });
  const $items = atom<readonly OutboxItem[]>([]);
  const $conversations = atom<ConversationListState>({
    ...{ conversations: [], loaded: true, loading: false, hasMore: false },
  });

  const asked = () => {
    if (fake.failure !== undefined) throw fake.failure;
  };
  const notFound = (what: string) => clientError("not_found", `There is no ${what}.`);
  const roomAt = (address: string) =>
    rooms.find(({ id, name, oldNames }) => id === address || [name, ...oldNames].includes(address.replace("#", "")));
  /** Undefined: there is no such person or room. */
  const idOf = (address: string): string | undefined => {
    if (address.startsWith("#") || /^\d+$/u.test(address)) return roomAt(address)?.id;
    if (!address.startsWith("@")) return address;
    const peer = byHandle(address.slice(1));
    return peer === undefined ? undefined : directId(me().id, peer.id);
  };
  const inConversation = (id: string) => messages.filter(({ conversation }) => conversation === id);
  const conversation = (id: string): ChatConversation | undefined => {
    const last = inConversation(id).at(-1);
    const unseen = inConversation(id).filter(({ sender, seq }) => sender !== me().id && seq > (seen.get(id) ?? 0));
    const shared = {
      ...{ id, sortSeq: last?.seq ?? 0, unseen: unseen.length, version: last?.version ?? 0 },
      ...(last === undefined ? {} : { lastMessage: last }),
    };
    const room = roomAt(id);
    if (room !== undefined) {
      const { name, title, topic, creator, members } = room;
      return {
        ...{ ...shared, kind: "room", address: `#${name}`, title: title === "" ? name : title, topic, creator },
        ...{ memberCount: members.size, joined: members.has(me().id) },
      };
    }
    const ids = id.split("-").map(Number);
    const peer = people.find((user) => user.id === (ids[0] === me().id ? ids[1] : ids[0]));
    if (peer === undefined) return undefined;
    const { handle, displayName } = peer;
    return {
      ...{ ...shared, kind: "direct", address: `@${handle}`, title: displayName, topic: "", peer },
      ...{ memberCount: 2, joined: true },
    };
  };
  const list = () => {
    const ids = new Set([
      ...messages.map((message) => message.conversation).filter((id) => id.includes("-")),
      ...rooms.filter(({ members }) => members.has(me().id)).map(({ id }) => id),
    ]);
    const conversations = [...ids].flatMap((id) => conversation(id) ?? []).sort((a, b) => b.sortSeq - a.sortSeq);
    $conversations.set({ ...$conversations.get(), conversations });
  };
  const redraw = () => {
    for (const [address, { $state, loaded }] of views) {
      const id = idOf(address) ?? "";
      const all = inConversation(id);
      const items = $items.get();
      const rows = all.slice(-loaded).map((message): TimelineRow => ({
        ...{ state: "stored", key: `${message.sender}/${message.clientId}`, message },
        items: items.filter(({ action }) => "seq" in action && action.seq === message.seq),
      }));
      const waiting = items.flatMap((item): TimelineRow[] =>
        item.action.kind === "send" && (idOf(item.action.conversation) ?? item.action.conversation) === (id || address)
          ? [
              {
                state: item.state,
                key: `${me().id}/${item.clientId}`,
                message: unsentMessage(item, idOf(item.action.conversation) ?? "", me().id),
                items: [item],
              },
            ]
          : [],
      );
      $state.set({ ...$state.get(), rows: [...rows, ...waiting], hasOlder: all.length > loaded });
    }
  };
  const show = (change: ChatChange) => {
    list();
    redraw();
    fake.emit(change);
  };
  const post = (
    sender: number,
    id: string,
    text: string,
    given: { sentAt?: number; replyTo?: number | undefined; clientId?: string } = {},
  ): ChatMessage => {
    const sentAt = given.sentAt ?? FIRST_SENT_AT + posted * 60_000;
    const seq = FIRST_MESSAGE + posted;
    posted += 1;
    const message: ChatMessage = {
      ...{ seq, conversation: id, sender, text, sentAt, clientId: given.clientId ?? `${sender}-${seq}` },
      ...(given.replyTo === undefined ? {} : { replyTo: given.replyTo }),
      ...{ deleted: false, reactions: [], pinned: false, version: (version += 1) },
    };
    messages.push(message);
    show({ cause: "message-posted", actor: sender, row: "message", message });
    return message;
  };
  const change = (actor: number, cause: Cause, seq: number, part: (before: ChatMessage) => Partial<ChatMessage>) => {
    const before = messages.find((message) => message.seq === seq);
    if (before === undefined) throw notFound("such message");
    if (before.deleted) throw clientError("failed_precondition", "This message is deleted.");
    const message = { ...before, ...part(before), version: (version += 1) };
    messages = messages.map((known) => (known.seq === seq ? message : known));
    show({ cause, actor, row: "message", message });
    return { message, duplicate: false };
  };
  const changeRoom = (actor: number, address: string, cause: Cause, part: (room: FakeRoom) => void): OutboxResult => {
    const room = roomAt(address);
    if (room === undefined) throw notFound(`room ${address}`);
    part(room);
    room.version = version += 1;
    const now = conversation(room.id) as ChatConversation;
    if (cause === "member-joined" || cause === "member-left") {
      const joined = cause === "member-joined";
      show({ cause, actor, row: "member", member: { conversation: room.id, person: actor, joined, version } });
    } else show({ cause, actor, row: "conversation", conversation: now });
    return { conversation: now, duplicate: false };
  };
  const does = (actor: number, action: OutboxAction, clientId?: string): OutboxResult => {
    switch (action.kind) {
      case "send": {
        const id = idOf(action.conversation);
        if (id === undefined) throw notFound(action.conversation);
        const given = { replyTo: action.replyTo, ...(clientId === undefined ? {} : { clientId }) };
        return { message: post(actor, id, action.text, given), duplicate: false };
      }
      case "edit":
        return change(actor, "message-edited", action.seq, () => ({ text: action.text, editedAt: FIRST_SENT_AT }));
      case "delete":
        return change(actor, "message-deleted", action.seq, () => ({ text: "", deleted: true, reactions: [] }));
      case "pin":
        return change(actor, "message-pinned", action.seq, () => ({ pinned: true }));
      case "unpin":
        return change(actor, "message-unpinned", action.seq, () => ({ pinned: false }));
      case "react":
        return change(actor, "reaction-added", action.seq, (before) => withReaction(before, action.emoji, actor));
      case "unreact":
        return change(actor, "reaction-removed", action.seq, (before) => withoutReaction(before, action.emoji, actor));
      case "create-room": {
        const { name, title, topic } = action;
        if (roomAt(`#${name}`) !== undefined) throw clientError("already_exists", "That is already taken.");
        const id = String(FIRST_ROOM + rooms.length);
        rooms.push({
          id,
          oldNames: [],
          name,
          title,
          topic,
          creator: actor,
          members: new Set([actor]),
          version: (version += 1),
        });
        return changeRoom(actor, id, "room-created", () => {});
      }
      case "update-room":
        return changeRoom(actor, action.room, "room-changed", (room) => {
          room.oldNames.push(room.name);
          Object.assign(room, {
            name: action.name ?? room.name,
            title: action.title ?? room.title,
            topic: action.topic ?? room.topic,
          });
        });
      case "join":
        return changeRoom(actor, action.room, "member-joined", ({ members }) => members.add(actor));
      case "leave":
        return changeRoom(actor, action.room, "member-left", ({ members }) => members.delete(actor));
    }
  };
  const setItem = (clientId: string, part: Partial<OutboxItem> | undefined) => {
    const items = $items.get();
    $items.set(
      part === undefined
        ? items.filter((item) => item.clientId !== clientId)
        : items.map((item) => (item.clientId === clientId ? { ...item, ...part } : item)),
    );
    redraw();
  };
  const refuse = (clientId: string, error: Error) => {
    const { code = "internal" } = error as { code?: ClientErrorCode };
    setItem(clientId, { state: "failed", error: { code, message: error.message } });
    waiters.get(clientId)?.reject(error);
  };
  const attempt = (clientId: string) => {
    const item = $items.get().find((candidate) => candidate.clientId === clientId);
    if (item === undefined || fake.sending === "waits") return;
    if (fake.sending instanceof Error) return refuse(clientId, fake.sending);
    try {
      // The row is there before the item goes, as in the replica.
      const result = does(me().id, item.action, clientId);
      setItem(clientId, undefined);
      waiters.get(clientId)?.resolve(result);
    } catch (error) {
      refuse(clientId, error as Error);
    }
  };
  const client: ChatClient = {
    session: {
      $state: session,
      async login({ login, password }) {
        fake.calls.push(`login ${login}`);
        asked();
        const user = byHandle(login);
        if (user === undefined || password !== PASSWORD)
          throw clientError("unauthenticated", "The name or the password is wrong.");
        signIn(user);
        list();
        return user;
      },
      async register({ username, email, displayName }) {
        fake.calls.push(`register ${username} ${email}`);
        asked();
        if (byHandle(username) !== undefined) {
          throw clientError("already_exists", "This handle is taken.", [
            { field: "username", description: "This handle is taken." },
          ]);
        }
        const id = FIRST_PERSON + people.length;
        const user = { id, handle: username, displayName: displayName ?? username, removed: false };
        people.push(user);
        $known.set(new Map(people.map((known) => [known.id, known])));
        signIn(user);
        return user;
      },
      async logout() {
        fake.calls.push("logout");
        session.set({ state: "signed-out", ended: false });
      },
      async whoAmI() {
        asked();
        return { ...me(), email: `${me().handle}@example.com` };
      },
      async updateProfile({ username, displayName }) {
        asked();
        const before = me();
        if (username !== undefined && username !== before.handle && byHandle(username) !== undefined)
          throw clientError("already_exists", "This handle is taken.");
        const user = { ...before, handle: username ?? before.handle, displayName: displayName ?? before.displayName };
        replaceUser(user);
        signIn(user);
        return user;
      },
      async deleteAccount() {},
    },
    feed: {
      $connection,
      onChange: (listener) => (listeners.add(listener), () => listeners.delete(listener)),
      onReset: (listener) => (resetListeners.add(listener), () => resetListeners.delete(listener)),
      start: () => $connection.set({ state: "live" }),
      stop: () => $connection.set({ state: "stopped" }),
      retryNow: () => {},
    },
    outbox: {
      $items,
      async add(action, { clientId = `out-${$items.get().length}-${(version += 1)}` } = {}) {
        const conversationOf = "conversation" in action ? action.conversation : "room" in action ? action.room : "";
        const seqOf = "seq" in action ? messages.find(({ seq }) => seq === action.seq)?.conversation : undefined;
        const queue = seqOf ?? idOf(conversationOf) ?? conversationOf;
        const item: OutboxItem = { clientId, action, queue, createdAt: FIRST_SENT_AT, state: "pending" };
        const waiter = Promise.withResolvers<OutboxResult>();
        // It may be that nothing waits for it.
        waiter.promise.catch(() => {});
        waiters.set(clientId, waiter);
        fake.calls.push(`${action.kind} ${clientId}`);
        $items.set([...$items.get(), item]);
        redraw();
        queueMicrotask(() => attempt(clientId));
        return item;
      },
      done: (clientId) => waiters.get(clientId)?.promise ?? Promise.reject(new Error("unknown")),
      retry(clientId) {
        setItem(clientId, { state: "pending" });
        waiters.set(clientId, Promise.withResolvers<OutboxResult>());
        waiters.get(clientId)?.promise.catch(() => {});
        attempt(clientId);
      },
      async discard(clientId) {
        fake.calls.push(`discard ${clientId}`);
        setItem(clientId, undefined);
      },
    },
    conversations: {
      $state: $conversations,
      async load() {
        list();
        if (fake.failure !== undefined) $conversations.set({ ...$conversations.get(), error: fake.failure.message });
      },
      loadMore: async () => {},
      async find(address) {
        asked();
        const id = idOf(address);
        return id === undefined ? undefined : conversation(id);
      },
      markSeen(address, seq) {
        const id = idOf(address);
        if (id === undefined) return;
        seen.set(id, Math.max(seq, seen.get(id) ?? 0));
        list();
      },
    },
    users: {
      $known,
      get: (id) => $known.get().get(id),
      async find(handle) {
        asked();
        return byHandle(handle.replace(/^@/u, ""));
      },
      async search(query, given = {}) {
        asked();
        const found = pageOf(
          people.filter(({ handle }) => handle.includes(query)),
          given,
        );
        return { users: found.items, nextPageToken: found.nextPageToken };
      },
    },
    rooms: {
      async list({ query = "", ...given } = {}) {
        asked();
        const found = pageOf(
          rooms.filter(({ name }) => name.includes(query)),
          given,
        );
        return { rooms: found.items.flatMap(({ id }) => conversation(id) ?? []), nextPageToken: found.nextPageToken };
      },
      async members(address, given = {}) {
        asked();
        const room = roomAt(address);
        if (room === undefined) throw notFound(address);
        const found = pageOf([...room.members], given);
        const member = (person: number) => ({ conversation: room.id, person, joined: true, version: 0 });
        return { members: found.items.map(member), nextPageToken: found.nextPageToken };
      },
    },
    messages: {
      async list({ conversation: address, before = Infinity, around, pageSize = PAGE } = {}) {
        asked();
        const id = address === undefined ? undefined : idOf(address);
        if (address !== undefined && id === undefined) throw notFound(address);
        const all = id === undefined ? messages : inConversation(id);
        if (around !== undefined) return { messages: rowsAround(all, around, pageSize), hasMore: false };
        const found = all.filter(({ seq }) => seq < before);
        return { messages: found.slice(-pageSize), hasMore: found.length > pageSize };
      },
      async get(wanted) {
        asked();
        const found = messages.find(({ seq }) => seq === wanted);
        if (found === undefined) throw notFound("such message");
        return found;
      },
      async versions(seq) {
        const found = messages.find((message) => message.seq === seq);
        return found?.editedAt === undefined ? [] : [{ text: "the first text", at: found.sentAt }];
      },
      pins: async (address) =>
        inConversation(idOf(address) ?? "")
          .filter(({ pinned }) => pinned)
          .reverse(),
    },
    drafts: {
      get: (address) => drafts.get(address) ?? "",
      set: (address, text) => void drafts.set(address, text),
      onChange: () => () => {},
    },
    timeline(address) {
      const view = views.get(address) ?? {
        $state: atom<TimelineState>({
          ...{ address, rows: [], loaded: true, loading: false, hasOlder: false, hasNewer: false },
        }),
        loaded: PAGE,
      };
      views.set(address, view);
      redraw();
      return {
        $state: view.$state,
        async loadOlder() {
          asked();
          view.loaded += PAGE;
          redraw();
        },
        loadNewer: async () => {},
        jumpTo: async () => {},
        jumpToEnd: async () => {},
        reload: async () => redraw(),
        close: () => {},
      };
    },
    async close() {
      fake.calls.push("close");
    },
  };
  const replaceUser = (user: ChatUser) => {
    people.splice(
      people.findIndex(({ id }) => id === user.id),
      1,
      user,
    );
    $known.set(new Map(people.map((known) => [known.id, known])));
    show({ cause: "person-changed", actor: user.id, row: "user", user });
  };
  const fake: FakeChat = {
    client,
    calls: [],
    $connection,
    seen,
    personId,
    says(sender, address, text, given) {
      // What a person writes to "@ada" is, for ada, the conversation with them.
      return post(personId(sender), idOf(address) ?? "", text, given);
    },
    does: (who, action) => does(personId(who), action),
    renames(handle, to) {
      const user = byHandle(handle);
      if (user !== undefined) replaceUser({ ...user, handle: to });
    },
    deliversElsewhere() {
      for (const { clientId, action } of $items.get()) {
        waiters.get(clientId)?.resolve(does(me().id, action, clientId));
      }
      $items.set([]);
    },
    emit: (changed) => listeners.forEach((listener) => listener(changed)),
    reset: () => resetListeners.forEach((listener) => listener()),
    endSession: () => session.set({ state: "signed-out", ended: true }),
    sending: "works",
    failure: undefined,
  };
  list();
  return fake;
}
