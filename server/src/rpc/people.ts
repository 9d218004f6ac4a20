import { create } from "@bufbuild/protobuf";
import {
  type GetUserRequest,
  type GetUserResponse,
  GetUserResponseSchema,
  type ListUsersRequest,
  type ListUsersResponse,
  ListUsersResponseSchema,
} from "@chat/proto/chat/v1/chat_service";
import { ChatError } from "../errors.ts";
import type { ChatDependencies } from "./chat-dependencies.ts";

const LIST_LIMIT_DEFAULT = 20;

/** People whose handle or display name contains the query. */
export function listUsers(deps: ChatDependencies, request: ListUsersRequest): ListUsersResponse {
  const users = deps.directory.search(request.query, request.limit ?? LIST_LIMIT_DEFAULT);
  return create(ListUsersResponseSchema, { users: [...users] });
}

/** One person. */
export function getUser(deps: ChatDependencies, request: GetUserRequest): GetUserResponse {
  const handle = request.handle.startsWith("@") ? request.handle.slice(1) : request.handle;
  const user = deps.directory.get(handle);
  if (!user) throw new ChatError("not_found", `There is nobody called @${handle}.`);
  return create(GetUserResponseSchema, { user });
}
