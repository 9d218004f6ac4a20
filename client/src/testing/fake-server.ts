import { AuthService } from "@chat/proto/chat/v1/auth_service";
import { ChatService } from "@chat/proto/chat/v1/chat_service";
import type { Message } from "@chat/proto/chat/v1/message";
import { createRouterTransport, type HandlerContext, type ServiceImpl, type Transport } from "@connectrpc/connect";
import { v7 } from "uuid";
import { createFakeAccounts, type FakeAccounts } from "./fake-accounts.ts";
import { createFakeChat, type FakeChat } from "./fake-chat.ts";
import { fakeChatCalls } from "./fake-chat-calls.ts";
import { createFaults, type Faults } from "./fake-faults.ts";
import { createFakeStreams, type FakeStreams } from "./fake-streams.ts";

export { UNREACHABLE, type Fault } from "./fake-faults.ts";
export { HEARTBEAT_MS, type FakeStream } from "./fake-streams.ts";

/** The password of the people that a fake server begins with; their e-mail is `<handle>@example.org`. */
export const PASSWORD = "secret";

type AuthMethod = keyof ServiceImpl<typeof AuthService>;
type ChatMethod = keyof ServiceImpl<typeof ChatService>;
export type MethodName = AuthMethod | ChatMethod;

/** A server in this process: the whole contract over rows in memory, and a way to let calls go wrong. */
export interface FakeServer extends Pick<Faults<MethodName>, "disturb" | "calm"> {
  readonly transport: Transport;
  /** The rows, to look at and to change as somebody. */
  readonly chat: FakeChat;
  readonly accounts: Pick<FakeAccounts, "expireTokens" | "endSessions">;
  readonly streams: FakeStreams;
  /** Requests in the order they came. */
  readonly calls: { readonly method: MethodName; readonly request: unknown }[];
  count(method: MethodName): number;
  /** Id of the person with this handle. */
  id(handle: string): number;
  /** Posts as somebody, who joins the room first where it is one. Rooms are made when they are named first. */
  post(sender: string, to: string, text: string, clientId?: string): Message;
  /** The messages of a conversation, as text, as this person names it. */
  texts(person: string, conversation: string): string[];
}

/** @param options.people handles of those who have an account; `ada` and `bob` unless told */
export function createFakeServer(options: { now: () => number; people?: readonly string[] }): FakeServer {
  const { now, people = ["ada", "bob"] } = options;
  const faults = createFaults<MethodName>();
  const chat: FakeChat = createFakeChat({ now, onEvent: (event) => streams.publish(event) });
  const streams: FakeStreams = createFakeStreams(() => chat);
  const accounts = createFakeAccounts(chat, now);
  for (const handle of people) {
    const email = `${handle}@example.org`;
    accounts.register({ email, username: handle, password: PASSWORD, displayName: handle.toUpperCase(), clientId: "" });
  }

  /** Every call is noted, and goes wrong where a fault says so. */
  function disturbed<Request, Answer>(method: MethodName, run: (request: Request, context: HandlerContext) => Answer) {
    return (request: Request, context: HandlerContext): Promise<Answer> => {
      server.calls.push({ method, request });
      return faults.run(method, request, context.signal, () => run(request, context));
    };
  }

  function service<Calls extends object>(calls: Calls): Calls {
    const entries = Object.entries(calls).map(([method, run]) => [
      method,
      disturbed(method as MethodName, run as (request: unknown, context: HandlerContext) => unknown),
    ]);
    return Object.fromEntries(entries) as Calls;
  }

  const server: FakeServer = {
    transport: createRouterTransport(({ service: add }) => {
      add(
        AuthService,
        service<ServiceImpl<typeof AuthService>>({
          register: (request) => ({ session: accounts.issue(accounts.register(request)) }),
          login: ({ login, password }) => ({ session: accounts.issue(accounts.login(login, password)) }),
          refresh: ({ refreshToken }) => ({ session: accounts.refresh(refreshToken) }),
          logout: (_, context) => {
            accounts.caller(context);
            return {};
          },
          getMe: (_, context) => {
            const me = accounts.caller(context);
            return { user: chat.userOf(me), email: accounts.emailOf(me) };
          },
          updateProfile: ({ username, displayName }, context) => {
            const me = accounts.caller(context);
            return { user: chat.changePerson(me, { handle: username, displayName }) };
          },
          deleteAccount: ({ password, withMessages }, context) => {
            const me = accounts.caller(context);
            accounts.checkPassword(me, password);
            if (withMessages)
              for (const { seq, sender } of chat.messages.values())
                if (Number(sender) === me) chat.remove(me, Number(seq));
            accounts.remove(me);
            chat.removePerson(me);
            return {};
          },
        }),
      );
      add(ChatService, {
        ...service(fakeChatCalls(chat, accounts.caller)),
        async *subscribe(request, context) {
          const me = await disturbed("subscribe", () => accounts.caller(context))(request, context);
          yield* streams.subscribe(request.cursor, me, context.signal);
        },
      });
    }),
    chat,
    accounts,
    streams,
    calls: [],
    disturb: faults.disturb,
    calm: faults.calm,
    count: (method) => server.calls.filter((each) => each.method === method).length,
    id: (handle) => chat.personBy(handle),
    post(sender, to, text, clientId = v7()) {
      const me = chat.personBy(sender);
      if (to.startsWith("#")) {
        const name = to.slice(1);
        const isThere = [...chat.conversations.values()].some((each) => each.name === name);
        if (!isThere) chat.createRoom(me, { name, title: "", topic: "" });
        chat.join(me, to);
      }
      return chat.post(me, to, text, clientId);
    },
    texts: (person, conversation) =>
      chat.messagesIn(chat.locate(conversation, chat.personBy(person))).map(({ text }) => text),
  };
  return server;
}
