import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { AuthService, SessionSchema, type Session } from "@chat/proto/chat/v1/auth_service";
import { ChatService, type SubscribeResponseSchema } from "@chat/proto/chat/v1/chat_service";
import { EventSchema, type Event } from "@chat/proto/chat/v1/event";
import { ConversationKind, ConversationSchema, MessageSchema, type Message } from "@chat/proto/chat/v1/message";
import { Code, ConnectError, createRouterTransport, type HandlerContext, type Transport } from "@connectrpc/connect";
import { parse, stringify, v7 } from "uuid";

export const HEARTBEAT_MS = 10_000;
const TOKEN_LIFE_MS = 900_000;

type Frame = MessageInitShape<typeof SubscribeResponseSchema>;
type MethodName = "login" | "refresh" | "logout" | "sendMessage" | "subscribe" | "listMessages" | "listConversations";

/**
 * What goes wrong with a call: refused before it is done, done without an answer, nothing until it is aborted or released, or done with an answer
 * that stays on its way until released.
 */
export type Fault =
  | { readonly fail: ConnectError }
  | { readonly loseAnswer: true }
  | { readonly hang: Promise<void> }
  | { readonly answerAfter: Promise<void> };

export interface FakeStream {
  /** What the client asked to begin after: its cursor, taken apart. */
  readonly after: { readonly epoch: string; readonly seq: number | undefined };
  readonly signal: AbortSignal;
  send(frame: Frame): void;
  /** Ends it, with an error or as if the server had closed it. */
  cut(error?: ConnectError): void;
}

/** A server in this process: one log, everybody hears everything. */
export interface FakeServer {
  readonly transport: Transport;
  /** Requests in the order they came. */
  readonly calls: { readonly method: MethodName; readonly request: unknown }[];
  /** Those that are open. */
  readonly streams: FakeStream[];
  /** Changes what cursors mean. */
  epoch: string;
  /** What this server gives for a position. */
  cursor(seq: number): string;
  count(method: MethodName): number;
  /** Lets the next `times` calls go wrong, or those of them that `when` picks. */
  disturb(method: MethodName, fault: Fault, options?: { times?: number; when?: (request: unknown) => boolean }): void;
  /** Everything works again. */
  calm(): void;
  post(sender: string, conversation: string, text: string, clientId?: string): Message;
  /** Any other kind of event. */
  record(actor: string, conversation: string, kind: MessageInitShape<typeof EventSchema>["kind"]): number;
  heartbeat(): void;
  /** The messages of a conversation, as text. */
  texts(conversation: string): string[];
  /** Refuses the access tokens given out until now. */
  expireTokens(): void;
  /** Ends all sessions. */
  endSessions(): void;
}

export function createFakeServer(options: { now: () => number; accounts?: readonly string[] }): FakeServer {
  const { now, accounts = ["ada", "bob"] } = options;
  const log: { readonly seq: number; readonly event: Event }[] = [];
  const access = new Map<string, string>();
  const refresh = new Map<string, string>();
  const faults: { method: MethodName; fault: Fault; times: number; when: (request: unknown) => boolean }[] = [];
  let issued = 0;

  function issue(handle: string): Session {
    issued++;
    access.set(`access-${issued}`, handle);
    refresh.set(`refresh-${issued}`, handle);
    return create(SessionSchema, {
      accessToken: `access-${issued}`,
      refreshToken: `refresh-${issued}`,
      accessExpiresAt: timestampFromMs(now() + TOKEN_LIFE_MS),
      user: { handle, displayName: handle.toUpperCase() },
    });
  }

  function caller(context: HandlerContext): string {
    const handle = access.get(context.requestHeader.get("authorization")?.slice("Bearer ".length) ?? "");
    if (handle === undefined) throw new ConnectError("sign in", Code.Unauthenticated);
    return handle;
  }

  async function call<T>(method: MethodName, request: unknown, context: HandlerContext, run: () => T): Promise<T> {
    server.calls.push({ method, request });
    const found = faults.find((each) => each.method === method && each.times > 0 && each.when(request));
    if (found) {
      found.times--;
      if ("fail" in found.fault) throw found.fault.fail;
      if ("hang" in found.fault) {
        const aborted = new Promise<never>((_, reject) => {
          context.signal.addEventListener("abort", () => reject(new ConnectError("aborted", Code.Canceled)));
        });
        await Promise.race([found.fault.hang, aborted]);
      } else if ("answerAfter" in found.fault) {
        const answer = run();
        await found.fault.answerAfter;
        return answer;
      } else {
        run();
        throw new ConnectError("connection lost", Code.Unavailable);
      }
    }
    return run();
  }

  const idOf = (address: string, handle: string): string =>
    address.startsWith("#") || address.indexOf("@", 1) > 0 ? address : [address, `@${handle}`].sort().join("");

  function toMessage({ seq, event }: (typeof log)[number]): Message | undefined {
    if (event.kind.case !== "messagePosted") return undefined;
    const { actor: sender, conversation, at } = event;
    return create(MessageSchema, {
      seq: BigInt(seq),
      sender,
      conversation,
      text: event.kind.value.text,
      clientId: stringify(event.clientId),
      ...(at && { sentAt: at }),
    });
  }

  const messagesIn = (id: string): Message[] =>
    log.map(toMessage).filter((message) => message !== undefined && message.conversation === id) as Message[];

  function append(init: MessageInitShape<typeof EventSchema>): number {
    const seq = (log.at(-1)?.seq ?? 0) + 1;
    const event = create(EventSchema, { at: timestampFromMs(now()), ...init });
    log.push({ seq, event });
    for (const stream of server.streams) stream.send(eventFrame(seq, event));
    return seq;
  }

  function conversationOf(id: string, handle: string) {
    const own = log.filter(({ event }) => event.conversation === id);
    const lastMessage = messagesIn(id).at(-1);
    const peer = id.split("@").find((part) => part !== "" && part !== handle) ?? handle;
    return create(ConversationSchema, {
      id,
      kind: id.startsWith("#") ? ConversationKind.PUBLIC_ROOM : ConversationKind.DIRECT,
      address: id.startsWith("#") ? id : `@${peer}`,
      title: id.startsWith("#") ? id.slice(1) : peer.toUpperCase(),
      lastSeq: BigInt(own.at(-1)?.seq ?? 0),
      memberCount: 2,
      joined: true,
      ...(lastMessage && { lastMessage }),
    });
  }

  function isIn(id: string, handle: string): boolean {
    if (!id.startsWith("#")) return id.split("@").includes(handle);
    return (
      log.findLast(({ event }) => event.conversation === id && event.actor === handle)?.event.kind.case !== "memberLeft"
    );
  }

  const cursorOf = (epoch: string, seq: number): string => `${epoch}@${seq}`;
  const eventFrame = (seq: number, event: Event): Frame => ({
    seq: BigInt(seq),
    cursor: server.cursor(seq),
    payload: { case: "event", value: event },
  });

  async function* subscribe(after: FakeStream["after"], signal: AbortSignal): AsyncGenerator<Frame> {
    const queue: Frame[] = [];
    let end: { readonly error: ConnectError | undefined } | undefined;
    let wake = (): void => {};
    const stream: FakeStream = {
      after,
      signal,
      send(frame) {
        queue.push(frame);
        wake();
      },
      cut(error) {
        end ??= { error };
        const at = server.streams.indexOf(stream);
        if (at >= 0) server.streams.splice(at, 1);
        wake();
      },
    };
    signal.addEventListener("abort", () => stream.cut(new ConnectError("aborted", Code.Canceled)));
    const head = log.at(-1)?.seq ?? 0;
    stream.send({
      seq: BigInt(head),
      cursor: after.seq === undefined ? server.cursor(head) : cursorOf(after.epoch, after.seq),
      payload: { case: "ready", value: { heartbeatMs: HEARTBEAT_MS } },
    });
    if (after.seq !== undefined) {
      const now = { seq: BigInt(head), cursor: server.cursor(head) };
      if (after.epoch !== server.epoch) stream.send({ ...now, payload: { case: "reset", value: {} } });
      else {
        for (const { seq, event } of log) if (seq > after.seq) stream.send(eventFrame(seq, event));
      }
      stream.send({ ...now, payload: { case: "heartbeat", value: {} } });
    }
    server.streams.push(stream);
    try {
      for (;;) {
        const frame = queue.shift();
        if (frame) yield frame;
        else if (end?.error) throw end.error;
        else if (end) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      stream.cut();
    }
  }

  const server: FakeServer = {
    transport: createRouterTransport(({ service }) => {
      service(AuthService, {
        login: (request, context) =>
          call("login", request, context, () => {
            if (!accounts.includes(request.login))
              throw new ConnectError("Wrong name or password.", Code.Unauthenticated);
            return { session: issue(request.login) };
          }),
        refresh: (request, context) =>
          call("refresh", request, context, () => {
            const handle = refresh.get(request.refreshToken);
            if (handle === undefined) throw new ConnectError("ended", Code.Unauthenticated);
            refresh.delete(request.refreshToken);
            return { session: issue(handle) };
          }),
        logout: (request, context) =>
          call("logout", request, context, () => {
            caller(context);
            return {};
          }),
        getMe: (_, context) => ({ user: { handle: caller(context) }, email: `${caller(context)}@example.org` }),
      });
      service(ChatService, {
        sendMessage: (request, context) =>
          call("sendMessage", request, context, () => {
            const sender = caller(context);
            const id = idOf(request.to, sender);
            const known = messagesIn(id).find(({ clientId }) => clientId === request.clientId);
            return { message: known ?? server.post(sender, id, request.text, request.clientId), duplicate: !!known };
          }),
        async *subscribe(request, context) {
          await call("subscribe", request, context, () => caller(context));
          const [epoch = "", seq] = request.cursor.split("@");
          yield* subscribe({ epoch, seq: seq === undefined ? undefined : Number(seq) }, context.signal);
        },
        listMessages: (request, context) =>
          call("listMessages", request, context, () => {
            const id = idOf(request.conversation ?? "", caller(context));
            const all = messagesIn(id).filter(({ seq }) => request.before === undefined || seq < request.before);
            const messages = all.slice(-(request.limit ?? 50));
            return { messages, hasMore: all.length > messages.length };
          }),
        listConversations: (request, context) =>
          call("listConversations", request, context, () => {
            const handle = caller(context);
            const all = [...new Set(log.map(({ event }) => event.conversation))]
              .filter((id) => isIn(id, handle))
              .map((id) => conversationOf(id, handle))
              .filter(({ lastSeq }) => request.before === undefined || lastSeq < request.before)
              .sort((one, other) => Number(other.lastSeq - one.lastSeq));
            const conversations = all.slice(0, request.limit ?? 100);
            return { conversations, hasMore: all.length > conversations.length };
          }),
      });
    }),
    calls: [],
    streams: [],
    epoch: "epoch-1",
    cursor: (seq) => cursorOf(server.epoch, seq),
    count: (method) => server.calls.filter((each) => each.method === method).length,
    disturb: (method, fault, { times = 1, when = () => true } = {}) => void faults.push({ method, fault, times, when }),
    calm: () => void faults.splice(0),
    post(sender, conversation, text, clientId = v7()) {
      append({
        actor: sender,
        conversation,
        clientId: parse(clientId),
        kind: { case: "messagePosted", value: { text } },
      });
      return messagesIn(conversation).at(-1) as Message;
    },
    record: (actor, conversation, kind) => append({ actor, conversation, ...(kind && { kind }) }),
    heartbeat() {
      const seq = BigInt(log.at(-1)?.seq ?? 0);
      for (const stream of server.streams)
        stream.send({ seq, cursor: server.cursor(Number(seq)), payload: { case: "heartbeat", value: {} } });
    },
    texts: (conversation) => messagesIn(conversation).map(({ text }) => text),
    expireTokens: () => access.clear(),
    endSessions() {
      access.clear();
      refresh.clear();
    },
  };
  return server;
}

/** The network is gone, or the server is. */
export const UNREACHABLE: Fault = { fail: new ConnectError("connection refused", Code.Unavailable) };
