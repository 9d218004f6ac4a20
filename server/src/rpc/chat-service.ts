import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import type { ChatService } from "@chat/proto/chat/v1/chat_service";
import { getCaller } from "./caller.ts";
import type { CallContext, ChatDependencies } from "./chat-dependencies.ts";
import { listConversations } from "./conversations.ts";
import { getMessage, listMessages } from "./messages.ts";
import { getUser, listUsers } from "./people.ts";
import { createRoom, joinRoom, leaveRoom, listRooms } from "./rooms.ts";

/**
 * The calls of ChatService that go through Connect's stock pipeline. `SendMessage` and `Subscribe` are hot and have endpoints of their own
 * (`hot-endpoints.ts`). Expects the interceptors for validation, authentication and errors around it.
 */
export function createChatService(
  deps: ChatDependencies,
): Omit<ServiceImpl<typeof ChatService>, "sendMessage" | "subscribe"> {
  return {
    listMessages: (request, context) => listMessages(deps, request, callOf(deps, context)),
    getMessage: (request, context) => getMessage(deps, request, callOf(deps, context)),
    listConversations: (request, context) => listConversations(deps, request, callOf(deps, context)),
    listUsers: (request) => listUsers(deps, request),
    getUser: (request) => getUser(deps, request),
    createRoom: (request, context) => createRoom(deps, request, callOf(deps, context)),
    joinRoom: (request, context) => joinRoom(deps, request, callOf(deps, context)),
    leaveRoom: (request, context) => leaveRoom(deps, request, callOf(deps, context)),
    listRooms: (request, context) => listRooms(deps, request, callOf(deps, context)),
  };
}

/** Who calls; refuses while there is nothing to answer from. */
function callOf(deps: ChatDependencies, context: HandlerContext): CallContext {
  deps.assertServing();
  return { handle: getCaller(context).handle, signal: context.signal };
}
