import { ChatService } from "@chat/proto/chat/v1/chat_service";
import { createClient, type Transport } from "@connectrpc/connect";
import { callOptions } from "../calls.ts";
import { toConversationRow, toMemberRow, toUserRow } from "../from-proto.ts";
import type { Replica } from "../replica/replica.ts";
import type { Rooms } from "../types.ts";
import { ownAnswer } from "./own-answer.ts";

/** See {@link Rooms}. */
export function createRooms(transport: Transport, replica: Replica): Rooms {
  const service = createClient(ChatService, transport);
  return {
    async list({ query = "", pageSize = 0, pageToken = "", signal } = {}) {
      const call = service.listRooms({ query, pageSize, pageToken }, callOptions({ signal }));
      const response = await ownAnswer(replica, call);
      const rows = response.conversations.map(toConversationRow);
      for (const row of rows) replica.putConversation(row, "page");
      const rooms = rows.flatMap(({ id }) => replica.conversation(id) ?? []);
      return { rooms, nextPageToken: response.nextPageToken };
    },
    async members(room, { pageSize = 0, pageToken = "", signal } = {}) {
      const call = service.listMembers({ room, pageSize, pageToken }, callOptions({ signal }));
      const response = await ownAnswer(replica, call);
      for (const user of response.users) replica.putUser(toUserRow(user));
      const members = response.members.map((member) => toMemberRow(member).member);
      return { members, nextPageToken: response.nextPageToken };
    },
  };
}
