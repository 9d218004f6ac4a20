import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { Event } from "@chat/proto/chat/v1/event";
import { ConversationKind } from "@chat/proto/chat/v1/message";
import type { Conversation, Message } from "@chat/proto/chat/v1/message";
import type { User } from "@chat/proto/chat/v1/user";
import type { ChatConversation, ChatEvent, ChatMessage, ChatUser } from "./types.ts";

/** ms since 1970; 0 where there is none. */
export function toMs(time: Timestamp | undefined): number {
  return time === undefined ? 0 : Number(time.seconds) * 1000 + Math.floor(time.nanos / 1e6);
}

/** A person. The handle stands in where no display name was chosen. */
export function toChatUser(user: User): ChatUser {
  return {
    handle: user.handle,
    displayName: user.displayName === "" ? user.handle : user.displayName,
    ...(user.nameLook === "" ? {} : { nameLook: user.nameLook }),
    ...(user.handleLook === "" ? {} : { handleLook: user.handleLook }),
  };
}

/** A message as it is read. */
export function toChatMessage(message: Message): ChatMessage {
  return {
    seq: Number(message.seq),
    conversation: message.conversation,
    sender: message.sender,
    text: message.text,
    sentAt: toMs(message.sentAt),
    clientId: message.clientId,
    ...(message.replyTo === undefined ? {} : { replyTo: Number(message.replyTo) }),
  };
}

/** A conversation as the caller sees it. */
export function toChatConversation(conversation: Conversation): ChatConversation {
  return {
    id: conversation.id,
    kind: conversation.kind === ConversationKind.DIRECT ? "direct" : "room",
    address: conversation.address,
    title: conversation.title,
    topic: conversation.topic,
    lastSeq: Number(conversation.lastSeq),
    memberCount: conversation.memberCount,
    joined: conversation.joined,
    ...(conversation.lastMessage === undefined ? {} : { lastMessage: toChatMessage(conversation.lastMessage) }),
    ...(conversation.peer === undefined ? {} : { peer: toChatUser(conversation.peer) }),
  };
}

/** What the feed delivers; undefined for kinds that this release does not know. */
export function toChatEvent(seq: number, event: Event): ChatEvent | undefined {
  const common = { seq, conversation: event.conversation, actor: event.actor, at: toMs(event.at) };
  switch (event.kind.case) {
    case "messagePosted": {
      const { text, replyTo } = event.kind.value;
      const message: ChatMessage = {
        seq,
        conversation: event.conversation,
        sender: event.actor,
        text,
        sentAt: common.at,
        clientId: toUuid(event.clientId),
        ...(replyTo === undefined ? {} : { replyTo: Number(replyTo) }),
      };
      return { ...common, kind: "message-posted", message };
    }
    case "roomCreated":
      return { ...common, kind: "room-created", title: event.kind.value.title, topic: event.kind.value.topic };
    case "memberJoined":
      return { ...common, kind: "member-joined" };
    case "memberLeft":
      return { ...common, kind: "member-left" };
    case undefined:
      return undefined;
  }
}

// The 16 bytes may be of any UUID version, which the uuid package's stringify would refuse.
function toUuid(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
