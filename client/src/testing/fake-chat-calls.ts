import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Direction, type ChatService, type UpdateRoomRequest } from "@chat/proto/chat/v1/chat_service";
import { ConversationKind, type Conversation } from "@chat/proto/chat/v1/conversation";
import type { Message } from "@chat/proto/chat/v1/message";
import type { User } from "@chat/proto/chat/v1/user";
import { Code, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import { refusal, type FakeChat, type Row } from "./fake-chat.ts";
import { usersIn } from "./fake-streams.ts";

/** The unary calls of ChatService over a fake chat. @param caller tells who calls */
export function fakeChatCalls(
  chat: FakeChat,
  caller: (context: HandlerContext) => number,
): Omit<ServiceImpl<typeof ChatService>, "subscribe"> {
  /** What each client_id of a person was used for. */
  const used = new Map<string, string>();

  /** Whether the call is a repeat; the same client_id with another content is refused. */
  function isRepeat(person: number, method: string, { clientId, ...rest }: { clientId: string }): boolean {
    const content = JSON.stringify([method, rest], (_, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    );
    const key = `${person}/${clientId}`;
    const before = used.get(key);
    if (before === undefined) return false;
    if (before === content) return true;
    throw refusal(Code.AlreadyExists, "CLIENT_ID_REUSED", "This client id was used for something else.");
  }

  function use(person: number, method: string, { clientId, ...rest }: { clientId: string }): void {
    const content = JSON.stringify([method, rest], (_, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    );
    used.set(`${person}/${clientId}`, content);
  }

  /** A change of one message: once per client_id, and the message as it now stands. */
  function change<Request extends { seq: bigint; clientId: string }>(
    method: string,
    run: (person: number, seq: number, request: Request) => Message,
  ) {
    return (request: Request, context: HandlerContext): { message: Message } => {
      const me = caller(context);
      const seq = Number(request.seq);
      if (isRepeat(me, method, request)) return { message: chat.message(seq, me) };
      const message = run(me, seq, request);
      use(me, method, request);
      return { message };
    };
  }

  /** A change of a room: once per client_id, and the room as it now stands. */
  function roomChange<Request extends { clientId: string }>(
    method: string,
    run: (person: number, request: Request) => string,
  ) {
    const ids = new Map<string, string>();
    return (request: Request, context: HandlerContext): { conversation: Conversation } => {
      const me = caller(context);
      if (!isRepeat(me, method, request)) {
        ids.set(request.clientId, run(me, request));
        use(me, method, request);
      }
      return { conversation: chat.conversationFor(ids.get(request.clientId) ?? "", me) };
    };
  }

  const messageRows = (messages: readonly Message[]): Row[] =>
    messages.map((value) => ({ case: "message", value }) as const);

  function listed(conversation: Conversation): Row[] {
    const { lastMessage } = conversation;
    return [{ case: "conversation", value: conversation }, ...(lastMessage ? messageRows([lastMessage]) : [])];
  }

  return {
    sendMessage(request, context) {
      const me = caller(context);
      const { to, text, clientId, replyTo } = request;
      if (isRepeat(me, "send", request)) {
        const stored = [...chat.messages.values()].find(
          (each) => Number(each.sender) === me && each.clientId === clientId,
        );
        return { ...(stored && { message: stored }), duplicate: true };
      }
      const message = chat.post(me, to, text, clientId, replyTo === undefined ? undefined : Number(replyTo));
      use(me, "send", request);
      return { message, duplicate: false };
    },
    editMessage: change("edit", (me, seq, { text }: { seq: bigint; clientId: string; text: string }) =>
      chat.edit(me, seq, text),
    ),
    deleteMessage: change("delete", chat.remove),
    addReaction: change("react", (me, seq, { emoji }: { seq: bigint; clientId: string; emoji: string }) =>
      chat.react(me, seq, emoji),
    ),
    removeReaction: change("unreact", (me, seq, { emoji }: { seq: bigint; clientId: string; emoji: string }) =>
      chat.unreact(me, seq, emoji),
    ),
    pinMessage: change("pin", (me, seq) => chat.pin(me, seq, true)),
    unpinMessage: change("unpin", (me, seq) => chat.pin(me, seq, false)),
    listMessageVersions(request, context) {
      const { seq } = chat.message(Number(request.seq), caller(context));
      const page = paged(chat.versionsOf(Number(seq)), request, 50);
      return { versions: [...page.items], nextPageToken: page.nextPageToken };
    },
    listPins(request, context) {
      const me = caller(context);
      const id = chat.readable(chat.locate(request.conversation, me), me);
      const pinned = chat.messagesIn(id).filter((each) => each.pinned);
      const page = paged(pinned.reverse(), request, 50);
      const messages = [...page.items];
      return { messages, users: usersIn(chat, messageRows(messages)), nextPageToken: page.nextPageToken };
    },
    listMessages(request, context) {
      const me = caller(context);
      const { conversation, direction, since, before, after, around } = request;
      const id = conversation === undefined ? undefined : chat.readable(chat.locate(conversation, me), me);
      const limit = request.pageSize || 50;
      const all = [...chat.messages.values()].filter(
        (each) =>
          (id === undefined ? chat.isIn(each.conversation, me) : each.conversation === id) &&
          (direction !== Direction.SENT || Number(each.sender) === me) &&
          (direction !== Direction.RECEIVED || Number(each.sender) !== me) &&
          (since === undefined || (each.sentAt !== undefined && timestampMs(each.sentAt) >= timestampMs(since))) &&
          (before === undefined || each.seq < before) &&
          (after === undefined || each.seq > after),
      );
      const { messages, hasMore } = window(all, { after, around, limit });
      return { messages, users: usersIn(chat, messageRows(messages)), hasMore, nextPageToken: "" };
    },
    getMessage({ seq }, context) {
      const message = chat.message(Number(seq), caller(context));
      return { message, users: usersIn(chat, messageRows([message])) };
    },
    listConversations(request, context) {
      const me = caller(context);
      const own = [...chat.conversations.keys()]
        .filter((id) => chat.isIn(id, me))
        .map((id) => chat.conversationFor(id, me))
        .sort((one, other) => Number(other.sortSeq - one.sortSeq));
      const page = paged(own, request, 100);
      const users = usersIn(chat, page.items.flatMap(listed));
      return { conversations: [...page.items], users, nextPageToken: page.nextPageToken };
    },
    getConversation(request, context) {
      const me = caller(context);
      const conversation = chat.conversationFor(chat.locate(request.conversation, me), me);
      return { conversation, users: usersIn(chat, listed(conversation)) };
    },
    listUsers(request) {
      const matching = [...chat.users.values()].filter((user) => matches(user, request.query));
      const page = paged(matching, request, 20);
      return { users: [...page.items], nextPageToken: page.nextPageToken };
    },
    getUser({ user }) {
      return { user: chat.userOf(/^[0-9]/.test(user) ? Number(user) : chat.personBy(user)) };
    },
    createRoom: roomChange(
      "create-room",
      (me, room: { name: string; title: string; topic: string; clientId: string }) => chat.createRoom(me, room),
    ),
    updateRoom: roomChange("update-room", (me, { room, ...to }: UpdateRoomRequest) => chat.updateRoom(me, room, to)),
    joinRoom: roomChange("join", (me, { room }: { room: string; clientId: string }) => chat.join(me, room)),
    leaveRoom(request, context) {
      const me = caller(context);
      if (isRepeat(me, "leave", request)) return {};
      chat.leave(me, request.room);
      use(me, "leave", request);
      return {};
    },
    listRooms(request, context) {
      const me = caller(context);
      const rooms = [...chat.conversations.values()]
        .filter(
          ({ kind, name, title }) => kind !== ConversationKind.DIRECT && `${name} ${title}`.includes(request.query),
        )
        .sort((one, other) => (one.name < other.name ? -1 : 1));
      const page = paged(rooms, request, 100);
      const conversations = page.items.map(({ id }) => chat.conversationFor(id, me));
      return { conversations, nextPageToken: page.nextPageToken };
    },
    listMembers(request, context) {
      const { id } = chat.room(request.room, caller(context));
      const present = [...(chat.members.get(id)?.values() ?? [])].filter(({ joined }) => joined);
      const page = paged(present, request, 100);
      const members = [...page.items];
      const users = usersIn(
        chat,
        members.map((value) => ({ case: "member", value }) as const),
      );
      return { members, users, nextPageToken: page.nextPageToken };
    },
    getServerInfo: () => ({
      version: "fake",
      features: ["edit", "delete", "reactions", "pins", "rename"],
      limits: {
        textMaxCodePoints: 10_000,
        requestMaxBytes: 262_144,
        editMaxSeconds: 604_800,
        reactionsMax: 20,
        pinsMax: 100,
      },
    }),
  };
}

function matches({ handle, displayName, removed }: User, query: string): boolean {
  return !removed && `${handle} ${displayName}`.toLowerCase().includes(query.toLowerCase());
}

/** The token is how many items came before. */
function paged<T>(
  items: readonly T[],
  { pageSize, pageToken }: { pageSize: number; pageToken: string },
  defaultSize: number,
): { items: readonly T[]; nextPageToken: string } {
  const from = Number(pageToken);
  const to = from + (pageSize || defaultSize);
  return { items: items.slice(from, to), nextPageToken: to < items.length ? String(to) : "" };
}

function window(
  all: readonly Message[],
  { after, around, limit }: { after: bigint | undefined; around: bigint | undefined; limit: number },
): { messages: Message[]; hasMore: boolean } {
  if (around !== undefined) {
    const at = all.findIndex(({ seq }) => seq >= around);
    const from = Math.max(0, (at < 0 ? all.length : at) - Math.floor(limit / 2));
    return { messages: all.slice(from, from + limit), hasMore: from > 0 };
  }
  const messages = after === undefined ? all.slice(-limit) : all.slice(0, limit);
  return { messages, hasMore: messages.length < all.length };
}
