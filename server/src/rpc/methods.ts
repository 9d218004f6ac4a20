import { type DescMessage, type DescMethodUnary, type MessageShape } from "@bufbuild/protobuf";
import { AuthService } from "@chat/proto/chat/v1/auth_service";
import { ChatService, type SendMessageRequest } from "@chat/proto/chat/v1/chat_service";
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
import { getConversation, listConversations } from "./conversations.ts";
import {
  addReaction,
  deleteMessage,
  editMessage,
  pinMessage,
  removeReaction,
  unpinMessage,
} from "./message-actions.ts";
import { getMessage, listMessages, listMessageVersions, listPins } from "./messages.ts";
import { getUser, listUsers } from "./people.ts";
import { isPlainMessage } from "./plain-message.ts";
import { createRoom, joinRoom, leaveRoom, listMembers, listRooms, updateRoom } from "./rooms.ts";
import { CURSOR_HEADER } from "./read-after.ts";
import { sendMessage } from "./send-message.ts";
import { getServerInfo } from "./server-info.ts";
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
    handler: (request: MessageShape<I>, caller: Caller) => Answer<O> | Promise<Answer<O>>,
  ): void {
    routes.unary(method, { needsToken: true, cost }, (request, context) => {
      validate(method.input, request);
      return handler(request, callerOf(context));
    });
  }

  /** A method that is answered from what is applied here; what its caller has seen of the log is waited for. */
  function serving<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    cost: CallCost,
    handler: (deps: ChatDependencies, request: MessageShape<I>, caller: Caller) => Answer<O> | Promise<Answer<O>>,
    isValid?: (request: MessageShape<I>) => boolean,
  ): void {
    const answer = (request: MessageShape<I>, caller: Caller): Answer<O> | Promise<Answer<O>> => {
      deps.assertServing();
      return handler(deps, request, caller);
    };
    routes.unary(method, { needsToken: true, cost }, (request, context) => {
      if (isValid?.(request) !== true) validate(method.input, request);
      const caller = callerOf(context);
      const caughtUp = deps.readAfter(context.header(CURSOR_HEADER), caller.person);
      return caughtUp === undefined ? answer(request, caller) : caughtUp.then(() => answer(request, caller));
    });
  }

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
  serving(auth.updateProfile, write, (_deps, request, caller) => updateProfile(session, request, caller));
  serving(auth.deleteAccount, signIn, (_deps, request, caller) => deleteAccount(session, request, caller));

  const chat = ChatService.method;
  open(chat.getServerInfo, light, async () => getServerInfo());
  serving(chat.sendMessage, write, sendMessage, (request: SendMessageRequest) => isPlainMessage(request));
  serving(chat.editMessage, write, editMessage);
  serving(chat.deleteMessage, write, deleteMessage);
  serving(chat.addReaction, write, addReaction);
  serving(chat.removeReaction, write, removeReaction);
  serving(chat.pinMessage, write, pinMessage);
  serving(chat.unpinMessage, write, unpinMessage);
  serving(chat.listMessages, page, listMessages);
  serving(chat.listMessageVersions, page, listMessageVersions);
  serving(chat.listPins, page, listPins);
  serving(chat.getMessage, light, getMessage);
  serving(chat.listConversations, page, listConversations);
  serving(chat.getConversation, light, getConversation);
  serving(chat.listUsers, search, listUsers);
  serving(chat.getUser, light, getUser);
  serving(chat.createRoom, room, createRoom);
  serving(chat.updateRoom, write, updateRoom);
  serving(chat.joinRoom, write, joinRoom);
  serving(chat.leaveRoom, write, leaveRoom);
  serving(chat.listRooms, search, listRooms);
  serving(chat.listMembers, search, listMembers);

  routes.stream(chat.subscribe, { needsToken: true, cost: stream }, (request, context, frames) => {
    validate(chat.subscribe.input, request);
    return relay.subscribe(request, context, frames);
  });
}

function callerOf({ caller }: { readonly caller: Caller | undefined }): Caller {
  if (!caller) throw new ChatError("internal", "A method that needs a token was called without.");
  return caller;
}
