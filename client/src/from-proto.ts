import { timestampMs } from "@bufbuild/protobuf/wkt";
import { ConversationKind, type Conversation, type Member } from "@chat/proto/chat/v1/conversation";
import { conversationFacts } from "@chat/proto/conversation-facts";
import type { Message } from "@chat/proto/chat/v1/message";
import type { User } from "@chat/proto/chat/v1/user";
import type { ConversationRow, MemberRow, UserRow } from "./replica/rows.ts";
import type { ChatMessage } from "./types.ts";

/** A person, with what is shown where there is no name. */
export function toUserRow({ id, handle, displayName, removed, version, nameLook, handleLook }: User): UserRow {
  const shown = displayName || handle || (removed ? "removed person" : "");
  const looks = { ...(nameLook !== "" && { nameLook }), ...(handleLook !== "" && { handleLook }) };
  const user = { id: Number(id), handle, displayName: shown, removed, ...looks };
  return { id: Number(id), version: Number(version), user };
}

/** A message as it now stands. */
export function toChatMessage(message: Message): ChatMessage {
  return {
    seq: Number(message.seq),
    conversation: message.conversation,
    sender: Number(message.sender),
    text: message.text,
    sentAt: message.sentAt === undefined ? 0 : timestampMs(message.sentAt),
    clientId: message.clientId,
    ...(message.replyTo !== undefined && { replyTo: Number(message.replyTo) }),
    ...(message.editedAt !== undefined && { editedAt: timestampMs(message.editedAt) }),
    deleted: message.deleted,
    reactions: message.reactions.map(({ emoji, people }) => ({ emoji, people: people.map(Number) })),
    pinned: message.pinned,
    version: Number(message.version),
  };
}

/** A conversation; `own` where the server says how the caller stands to it. */
export function toConversationRow(conversation: Conversation): ConversationRow {
  const { kind, people, creator, version, address } = conversation;
  return {
    ...conversationFacts(conversation),
    kind: kind === ConversationKind.DIRECT ? "direct" : "room",
    people: people.map(Number),
    ...(creator !== 0n && { creator: Number(creator) }),
    version: Number(version),
    // The caller's own fields come together; only the address is never empty.
    ...(address !== "" && {
      own: {
        address,
        joined: conversation.joined,
        memberCount: conversation.memberCount,
        sortSeq: Number(conversation.sortSeq),
      },
    }),
    ...(conversation.lastMessage && { lastMessage: toChatMessage(conversation.lastMessage) }),
  };
}

/** A person's place in a room. */
export function toMemberRow({ conversation, person, joined, memberCount, version }: Member): MemberRow {
  const member = { conversation, person: Number(person), joined, version: Number(version) };
  return { member, ...(memberCount !== 0 && { memberCount }) };
}
