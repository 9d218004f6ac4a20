import type { SubscribeResponse } from "@chat/proto/chat/v1/chat_service";
import { toCause } from "../cause.ts";
import { toChatMessage, toConversationRow, toMemberRow, toUserRow } from "../from-proto.ts";
import type { Replica } from "../replica/replica.ts";
import type { ChatChange } from "../types.ts";

/** A row that a frame brought, and the key and version by which it is told once. */
export interface TakenRow {
  readonly key: string;
  readonly version: number;
  readonly change: ChatChange;
}

/** Puts the rows of a frame into the replica. Undefined for a frame without a row, and for kinds of rows that this release does not know. */
export function takeRow(replica: Replica, frame: SubscribeResponse): TakenRow | undefined {
  for (const user of frame.users) replica.putUser(toUserRow(user));
  const common = { cause: toCause(frame.cause), actor: Number(frame.actor) };
  const { payload } = frame;
  switch (payload.case) {
    case "message": {
      const message = toChatMessage(payload.value);
      replica.putMessage(message);
      return { key: `m/${message.seq}`, version: message.version, change: { ...common, row: "message", message } };
    }
    case "conversation": {
      const row = toConversationRow(payload.value);
      replica.putConversation(row, "feed");
      const conversation = replica.conversation(row.id);
      if (!conversation) return undefined;
      return { key: `c/${row.id}`, version: row.version, change: { ...common, row: "conversation", conversation } };
    }
    case "member": {
      const row = toMemberRow(payload.value);
      const { member } = row;
      replica.putMember(row);
      const key = `j/${member.conversation}/${member.person}`;
      return { key, version: member.version, change: { ...common, row: "member", member } };
    }
    case "user": {
      const row = toUserRow(payload.value);
      replica.putUser(row);
      return { key: `u/${row.id}`, version: row.version, change: { ...common, row: "user", user: row.user } };
    }
    case "ready":
    case "heartbeat":
    case "reset":
    case undefined:
      return undefined;
  }
}
