import { type DescMessage, type DescMethodUnary, type MessageShape } from "@bufbuild/protobuf";
import { AuthService } from "@chat/proto/chat/v1/auth_service";
import { ChatService } from "@chat/proto/chat/v1/chat_service";
import type { Accounts } from "../auth/accounts.ts";
import type { Caller } from "../auth/auth.ts";
import { ChatError } from "../errors.ts";
import { CALL_COSTS, type CallCost } from "../limits/call-cost.ts";
import type { Relay } from "../relay/relay.ts";
import type { Answer, WireRoutes } from "../wire/wire.ts";
import type { ChatDependencies } from "./chat-dependencies.ts";
import {
  type AuthDependencies,
  deleteAccount,
  getMe,
  login,
  logout,
  refresh as refreshSession,
  register,
  updateProfile,
} from "./auth-service.ts";
import { serveConversations } from "./conversations.ts";
import { serveMessageActions } from "./message-actions.ts";
import { serveMessages } from "./messages.ts";
import { servePeople } from "./people.ts";
import { CURSOR_HEADER } from "./read-after.ts";
import { serveRooms } from "./rooms.ts";
import type { Serve } from "./serve.ts";
import { getServerInfo } from "./server-info.ts";
import { validate } from "./validation.ts";

/** Largest message to a method that takes no token, in bytes: 256 characters of a password and 254 of an e-mail address, as JSON escapes. */
const OPEN_READ_MAX_BYTES = 16 * 1024;

/** The methods: who may call each of them, what it costs, and what answers it. Those of ChatService stand in a table beside the functions that answer them. */
export function registerMethods(
  routes: WireRoutes,
  options: { deps: ChatDependencies; accounts: Accounts; relay: Relay },
): void {
  const { deps, accounts, relay } = options;
  const { light, write, stream, signIn, refresh } = CALL_COSTS;

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
    handler: (request: MessageShape<I>, caller: Caller) => Answer<O> | Promise<Answer<O>>,
  ): void {
    routes.unary(method, { needsToken: true, cost }, (request, context) => {
      validate(method.input, request);
      return handler(request, callerOf(context));
    });
  }

  const serve: Serve = (method, cost, handler, isValid) => {
    const answer = (request: Parameters<typeof handler>[1], caller: Caller): ReturnType<typeof handler> => {
      deps.assertServing();
      return handler(deps, request, caller);
    };
    routes.unary(method, { needsToken: true, cost }, (request, context) => {
      if (isValid?.(request) !== true) validate(method.input, request);
      const caller = callerOf(context);
      const caughtUp = deps.readAfter(context.header(CURSOR_HEADER), caller.person);
      return caughtUp === undefined ? answer(request, caller) : caughtUp.then(() => answer(request, caller));
    });
  };

  const auth = AuthService.method;
  const session: AuthDependencies = { accounts, roster: deps.projection.roster };
  open(auth.register, signIn, (request) => {
    deps.assertServing(); // names are looked up in what is applied here
    return register(session, request);
  });
  open(auth.login, signIn, (request) => {
    deps.assertServing();
    return login(session, request);
  });
  open(auth.refresh, refresh, (request) => refreshSession(session, request));
  // The session of a repeat is over already.
  routes.unary(auth.logout, { needsToken: true, sessionMayBeOver: true, cost: light }, (request, context) => {
    validate(auth.logout.input, request);
    return logout(session, callerOf(context));
  });
  signedIn(auth.getMe, light, (_request, caller) => getMe(session, caller));
  serve(auth.updateProfile, write, (_deps, request, caller) => updateProfile(session, request, caller));
  serve(auth.deleteAccount, signIn, (_deps, request, caller) => deleteAccount(session, request, caller));

  const chat = ChatService.method;
  open(chat.getServerInfo, light, async () => getServerInfo());
  serveMessageActions(serve);
  serveMessages(serve);
  serveConversations(serve);
  servePeople(serve);
  serveRooms(serve);

  routes.stream(chat.subscribe, { needsToken: true, cost: stream }, (request, context, frames) => {
    validate(chat.subscribe.input, request);
    return relay.subscribe(request, context, frames);
  });
}

function callerOf({ caller }: { readonly caller: Caller | undefined }): Caller {
  if (!caller) throw new ChatError("internal", "A method that needs a token was called without.");
  return caller;
}
