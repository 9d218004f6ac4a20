import { create, type DescMessage, type DescMethodUnary, type MessageShape } from "@bufbuild/protobuf";
import {
  AuthService,
  GetMeResponseSchema,
  LoginResponseSchema,
  LogoutResponseSchema,
  RefreshResponseSchema,
  RegisterResponseSchema,
} from "@chat/proto/chat/v1/auth_service";
import { ChatService, type SendMessageRequest } from "@chat/proto/chat/v1/chat_service";
import type { Accounts } from "../auth/accounts.ts";
import type { Caller } from "../auth/auth.ts";
import { ChatError } from "../errors.ts";
import { CALL_COSTS, type CallCost } from "../limits/call-cost.ts";
import type { Relay } from "../relay/relay.ts";
import type { WireRoutes } from "../wire/wire.ts";
import type { ChatDependencies } from "./chat-dependencies.ts";
import { listConversations } from "./conversations.ts";
import { getMessage, listMessages } from "./messages.ts";
import { getUser, listUsers } from "./people.ts";
import { isPlainMessage } from "./plain-message.ts";
import { createRoom, joinRoom, leaveRoom, listRooms } from "./rooms.ts";
import { sendMessage } from "./send-message.ts";
import { sessionView } from "./session-view.ts";
import { validate } from "./validation.ts";

/** Largest message to a method that takes no token, in bytes: 256 characters of a password and 254 of an e-mail address, as JSON escapes. */
const OPEN_READ_MAX_BYTES = 16 * 1024;

/** The table of methods: who may call each of them, what it costs, and what answers it. */
export function registerMethods(
  routes: WireRoutes,
  options: { deps: ChatDependencies; accounts: Accounts; relay: Relay },
): void {
  const { deps, accounts, relay } = options;
  const { light, write, room, page, search, stream, signIn, refresh } = CALL_COSTS;

  /** A method for everybody. */
  function open<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    cost: CallCost,
    handler: (request: MessageShape<I>) => Promise<MessageShape<O>>,
  ): void {
    routes.unary(method, { needsToken: false, cost, readMaxBytes: OPEN_READ_MAX_BYTES }, (request) => {
      validate(method.input, request);
      return handler(request);
    });
  }

  /** A method for those who signed in. */
  function signedIn<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    cost: CallCost,
    handler: (request: MessageShape<I>, caller: Caller) => MessageShape<O> | Promise<MessageShape<O>>,
    isValid: (request: MessageShape<I>) => boolean = () => false,
  ): void {
    routes.unary(method, { needsToken: true, cost }, (request, context) => {
      if (!isValid(request)) validate(method.input, request);
      return handler(request, callerOf(context));
    });
  }

  /** A method that is answered from what is applied here. */
  function serving<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    cost: CallCost,
    handler: (
      deps: ChatDependencies,
      request: MessageShape<I>,
      caller: Caller,
    ) => MessageShape<O> | Promise<MessageShape<O>>,
    isValid?: (request: MessageShape<I>) => boolean,
  ): void {
    const answer = (request: MessageShape<I>, caller: Caller): MessageShape<O> | Promise<MessageShape<O>> => {
      deps.assertServing();
      return handler(deps, request, caller);
    };
    signedIn(method, cost, answer, isValid);
  }

  const auth = AuthService.method;
  open(auth.register, signIn, async (request) => {
    const { email, username, password, displayName } = request;
    const session = await accounts.register({ email, username, password, displayName });
    return create(RegisterResponseSchema, { session: sessionView(session) });
  });
  open(auth.login, signIn, async ({ login, password }) =>
    create(LoginResponseSchema, { session: sessionView(await accounts.login({ login, password })) }),
  );
  open(auth.refresh, refresh, async ({ refreshToken }) =>
    create(RefreshResponseSchema, { session: sessionView(await accounts.refresh(refreshToken)) }),
  );
  signedIn(auth.logout, light, async (_request, caller) => {
    await accounts.logout(caller);
    return create(LogoutResponseSchema);
  });
  signedIn(auth.getMe, light, async (_request, caller) => create(GetMeResponseSchema, await accounts.getMe(caller)));

  const chat = ChatService.method;
  serving(chat.sendMessage, write, sendMessage, (request: SendMessageRequest) => isPlainMessage(request));
  serving(chat.listMessages, page, listMessages);
  serving(chat.getMessage, light, getMessage);
  serving(chat.listConversations, page, listConversations);
  signedIn(chat.listUsers, search, (request) => listUsers(deps, request));
  signedIn(chat.getUser, light, (request) => getUser(deps, request));
  serving(chat.createRoom, room, createRoom);
  serving(chat.joinRoom, write, joinRoom);
  serving(chat.leaveRoom, write, leaveRoom);
  serving(chat.listRooms, search, listRooms);

  routes.stream(chat.subscribe, { needsToken: true, cost: stream }, (request, context, frames) => {
    validate(chat.subscribe.input, request);
    return relay.subscribe(request, context, frames);
  });
}

function callerOf({ caller }: { readonly caller: Caller | undefined }): Caller {
  if (!caller) throw new ChatError("internal", "A method that needs a token was called without.");
  return caller;
}
