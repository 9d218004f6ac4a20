import { ChatService } from "@chat/proto/chat/v1/chat_service";
import { createClient, type Transport } from "@connectrpc/connect";
import { atom } from "nanostores";
import { parseHandle } from "../address.ts";
import { callOptions } from "../calls.ts";
import { ClientError, present } from "../client-error.ts";
import { toUserRow } from "../from-proto.ts";
import type { Replica } from "../replica/replica.ts";
import type { ChatUser, Users } from "../types.ts";
import { ownAnswer } from "./own-answer.ts";

/** See {@link Users}. */
export function createUsers(transport: Transport, replica: Replica): Users {
  const service = createClient(ChatService, transport);
  const $known = atom(replica.users());
  replica.listen(({ users }) => {
    if (users) $known.set(replica.users());
  });

  return {
    $known,
    get: (id) => replica.user(id),
    async find(text) {
      const handle = parseHandle(text);
      if (handle === undefined) return undefined;
      const known = replica.userByHandle(handle);
      if (known) return known;
      try {
        const row = toUserRow(
          present((await ownAnswer(replica, service.getUser({ user: handle }, callOptions()))).user),
        );
        replica.putUser(row);
        return replica.user(row.id);
      } catch (error) {
        if (error instanceof ClientError && error.code === "not_found") return undefined;
        throw error;
      }
    },
    async search(query, { pageSize = 0, pageToken = "", signal } = {}) {
      const { users, nextPageToken } = await ownAnswer(
        replica,
        service.listUsers({ query, pageSize, pageToken }, callOptions({ signal })),
      );
      const rows = users.map(toUserRow);
      for (const row of rows) replica.putUser(row);
      return { users: rows.map(({ id, user }) => replica.user(id) ?? user) satisfies ChatUser[], nextPageToken };
    },
  };
}
