import type {
  ChatChange,
  ChatConversation,
  ChatMember,
  ChatMessage,
  ChatUser,
  OutboxAction,
  OutboxResult,
} from "@chat/client";
import { atom } from "nanostores";
import { createFakeError } from "./fake-error.ts";
import { direct, fakeMessage, fakeRoom, type FakeData } from "./fake-data.ts";

type MessageAction = Extract<OutboxAction, { readonly seq: number }>;

/** The rows of a fake server, and what actions do to them. */
export type FakeStore = ReturnType<typeof createFakeStore>;

/** See {@link FakeStore}. */
export function createFakeStore(options: { ownId: number; data: FakeData; now: () => number }) {
  const { ownId, data, now } = options;
  const $users = atom<ReadonlyMap<number, ChatUser>>(new Map(data.users.map((user) => [user.id, user])));
  const $rooms = atom(data.rooms);
  const $messages = atom(data.messages);
  const $seen = atom<ReadonlyMap<string, number>>(new Map());
  const versions = new Map<number, { text: string; at: number }[]>();
  const oldNames = new Map<string, string>();
  const listeners = new Set<(change: ChatChange) => void>();
  let seq = data.messages.at(-1)?.seq ?? 0;
  const seenAtStart = seq;
  const nextSeq = (): number => (seq += 3);
  const emit = (change: ChatChange): void => {
    for (const listener of listeners) listener(change);
  };

  /** The conversation id behind an address, an old address or an id; undefined where there is none. */
  function resolve(name: string): string | undefined {
    const old = oldNames.get(name);
    if (old !== undefined) return old;
    if (name.startsWith("#")) return $rooms.get().find(({ address }) => address === name)?.id;
    if (name.startsWith("@")) {
      const person = [...$users.get().values()].find(({ handle }) => `@${handle}` === name);
      return person && direct(ownId, person.id);
    }
    return name.includes("-") || $rooms.get().some(({ id }) => id === name) ? name : undefined;
  }

  function conversation(id: string): ChatConversation {
    const messages = $messages.get().filter((message) => message.conversation === id);
    const lastMessage = messages.at(-1);
    const seen = $seen.get().get(id) ?? seenAtStart;
    const unseen = messages.filter((message) => message.seq > seen && message.sender !== ownId).length;
    const last = { sortSeq: lastMessage?.seq ?? 0, unseen, ...(lastMessage && { lastMessage }) };
    const room = $rooms.get().find((known) => known.id === id);
    if (room) return { ...room, ...last };
    const peerId =
      id
        .split("-")
        .map(Number)
        .find((person) => person !== ownId) ?? ownId;
    const peer = $users.get().get(peerId) ?? { id: peerId, handle: "", displayName: "removed person", removed: true };
    const rest = { topic: "", memberCount: 2, joined: true, version: 1 };
    return { id, kind: "direct", address: `@${peer.handle}`, title: peer.displayName, peer, ...rest, ...last };
  }

  function put(message: ChatMessage, cause: ChatChange["cause"], actor: number): ChatMessage {
    const known = $messages.get().some((each) => each.seq === message.seq);
    const change = (each: ChatMessage): ChatMessage => (each.seq === message.seq ? message : each);
    $messages.set(known ? $messages.get().map(change) : [...$messages.get(), message]);
    emit({ cause, actor, row: "message", message });
    return message;
  }

  function post(message: Partial<ChatMessage> & Pick<ChatMessage, "conversation" | "sender" | "text">): ChatMessage {
    const at = nextSeq();
    const row = fakeMessage({ clientId: `in-${String(at)}`, ...message, seq: at, sentAt: now() });
    return put(row, "message-posted", message.sender);
  }

  function putRoom(id: string, patch: Partial<ChatConversation>, actor: number, create = false): ChatConversation {
    const before = $rooms.get().find((room) => room.id === id);
    if (before && patch.address !== undefined && patch.address !== before.address) oldNames.set(before.address, id);
    const version = nextSeq();
    $rooms.set(
      create
        ? [...$rooms.get(), { ...fakeRoom(id, "", "", "", true), creator: actor, memberCount: 1, ...patch, version }]
        : $rooms.get().map((room) => (room.id === id ? { ...room, ...patch, version } : room)),
    );
    const now = conversation(id);
    emit({ cause: create ? "room-created" : "room-changed", actor, row: "conversation", conversation: now });
    return now;
  }

  function putMember(room: string, person: number, joined: boolean): ChatConversation {
    const member: ChatMember = { conversation: room, person, joined, version: nextSeq() };
    const own = person === ownId ? { joined } : {};
    const count = (known: ChatConversation) => ({ memberCount: known.memberCount + (joined ? 1 : -1), ...own });
    $rooms.set($rooms.get().map((known) => (known.id === room ? { ...known, ...count(known) } : known)));
    emit({ cause: joined ? "member-joined" : "member-left", actor: person, row: "member", member });
    return conversation(room);
  }

  function putUser(id: number, patch: Partial<ChatUser>): ChatUser {
    const before = $users.get().get(id);
    if (!before) throw createFakeError("not_found", "There is no such person");
    if (patch.handle !== undefined && patch.handle !== before.handle) {
      oldNames.set(`@${before.handle}`, direct(ownId, id));
    }
    const user = { ...before, ...patch };
    $users.set(new Map($users.get()).set(id, user));
    emit({ cause: user.removed ? "person-removed" : "person-changed", actor: id, row: "user", user });
    return user;
  }

  function message(wanted: number): ChatMessage {
    const found = $messages.get().find((each) => each.seq === wanted);
    if (!found) throw createFakeError("not_found", "There is no such message");
    return found;
  }

  /** Does what an action asks for, as the server would. @throws ClientErrorShape */
  function apply(action: OutboxAction, clientId: string, actor = ownId): OutboxResult {
    const id = (name: string): string => {
      const found = resolve(name);
      if (found === undefined) throw createFakeError("not_found", "There is no such person or room");
      return found;
    };
    const known = (room: ChatConversation): OutboxResult => ({ conversation: room, duplicate: false });
    switch (action.kind) {
      case "send": {
        const reply = action.replyTo === undefined ? {} : { replyTo: action.replyTo };
        const sent = { conversation: id(action.conversation), sender: actor, text: action.text, clientId, ...reply };
        return { message: post(sent), duplicate: false };
      }
      case "create-room": {
        if (resolve(`#${action.name}`) !== undefined) throw createFakeError("already_exists", "this name is taken");
        const { name, title, topic } = action;
        const patch = { address: `#${name}`, title: title === "" ? name : title, topic };
        return known(putRoom(String(nextSeq() + 9000), patch, actor, true));
      }
      case "update-room": {
        const { room, name, title, topic } = action;
        const address = name === undefined ? {} : { address: `#${name}` };
        const rest = { ...(title !== undefined && { title }), ...(topic !== undefined && { topic }) };
        return known(putRoom(id(room), { ...address, ...rest }, actor));
      }
      case "join":
      case "leave":
        return known(putMember(id(action.room), actor, action.kind === "join"));
      default: {
        const before = message(action.seq);
        if (action.kind === "edit") {
          const texts = versions.get(action.seq) ?? [];
          versions.set(action.seq, [...texts, { text: before.text, at: before.editedAt ?? before.sentAt }]);
        }
        const after = { ...withAction(before, action, actor, now()), version: nextSeq() };
        return { message: put(after, CAUSES[action.kind], actor), duplicate: false };
      }
    }
  }

  return {
    ownId,
    $users,
    $rooms,
    $messages,
    $seen,
    listeners,
    resolve,
    conversation,
    message,
    apply,
    post,
    put,
    putRoom,
    putMember,
    putUser,
    versions: (of: number) => versions.get(of) ?? [],
  };
}

const CAUSES: Readonly<Record<MessageAction["kind"], ChatChange["cause"]>> = {
  edit: "message-edited",
  delete: "message-deleted",
  react: "reaction-added",
  unreact: "reaction-removed",
  pin: "message-pinned",
  unpin: "message-unpinned",
};

/** The message as it is once the action is done. */
export function withAction(message: ChatMessage, action: MessageAction, actor: number, at: number): ChatMessage {
  switch (action.kind) {
    case "edit":
      return { ...message, text: action.text, editedAt: at };
    case "delete":
      return { ...message, text: "", deleted: true, reactions: [], pinned: false };
    case "pin":
    case "unpin":
      return { ...message, pinned: action.kind === "pin" };
    case "react": {
      const known = message.reactions.find(({ emoji }) => emoji === action.emoji);
      if (known?.people.includes(actor)) return message;
      if (!known) {
        return { ...message, reactions: [...message.reactions, { emoji: action.emoji, people: [actor] }] };
      }
      const joined = { ...known, people: [...known.people, actor] };
      return { ...message, reactions: message.reactions.map((each) => (each === known ? joined : each)) };
    }
    case "unreact": {
      const reactions = message.reactions
        .map((each) =>
          each.emoji === action.emoji ? { ...each, people: each.people.filter((person) => person !== actor) } : each,
        )
        .filter(({ people }) => people.length > 0);
      return { ...message, reactions };
    }
  }
}
