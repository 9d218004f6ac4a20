import {
  ChatService,
  type SendMessageRequest,
  SendMessageRequestSchema,
  type SendMessageResponse,
  SubscribeRequestSchema,
} from "@chat/proto/chat/v1/chat_service";
import type { Authenticator, Caller } from "../auth/auth.ts";
import type { Relay } from "../relay/relay.ts";
import type { WireRoutes } from "../wire/wire.ts";
import type { ChatDependencies } from "./chat-dependencies.ts";
import { isPlainMessage } from "./plain-message.ts";
import { sendMessage } from "./send-message.ts";
import { validate } from "./validation.ts";

/** The two calls that a chat server answers all day, without the stock pipeline. What clients see is the same. */
export function registerHotEndpoints(
  routes: WireRoutes,
  options: { deps: ChatDependencies; relay: Relay; authenticator: Authenticator },
): void {
  const { deps, relay, authenticator } = options;

  function send(request: SendMessageRequest, caller: Caller): Promise<SendMessageResponse> {
    if (!isPlainMessage(request)) validate(SendMessageRequestSchema, request);
    deps.assertServing();
    // Without a signal: an event that was asked for happens, whether or not the answer still finds its caller.
    return sendMessage(deps, request, { handle: caller.handle });
  }

  routes.unary(ChatService.method.sendMessage, (request, context) => {
    const caller = authenticator.authenticate(context.header("authorization"));
    return caller instanceof Promise ? caller.then((known) => send(request, known)) : send(request, caller);
  });
  routes.stream(ChatService.method.subscribe, (request, context, stream) => {
    validate(SubscribeRequestSchema, request);
    return relay.subscribe(request, context, stream);
  });
}
