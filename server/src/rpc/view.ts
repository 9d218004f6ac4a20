import { create } from "@bufbuild/protobuf";
import type { Event } from "@chat/proto/chat/v1/event";
import {
  type Conversation,
  ConversationKind,
  ConversationSchema,
  type Message,
  MessageSchema,
} from "@chat/proto/chat/v1/message";
import { type User, UserSchema } from "@chat/proto/chat/v1/user";
import { stringify as formatUuid } from "uuid";
import type { Directory } from "../auth/auth.ts";
import { directHandles } from "../domain/address.ts";
import type { ConversationEntry } from "../projection/roster.ts";
import type { ChatDependencies } from "./chat-dependencies.ts";

/** A posted message as it is read. */
export function messageView(seq: number, event: Event): Message {
  const posted = event.kind.case === "messagePosted" ? event.kind.value : undefined;
  return create(MessageSchema, {
    seq: BigInt(seq),
    conversation: event.conversation,
    sender: event.actor,
    text: posted?.text ?? "",
    clientId: formatUuid(event.clientId),
    ...(event.at && { sentAt: event.at }),
    ...(posted?.replyTo !== undefined && { replyTo: posted.replyTo }),
  });
}

/** A person, or what is left of one whose account is gone. */
export function userView(directory: Directory, handle: string): User {
  return create(UserSchema, directory.get(handle) ?? { handle, displayName: handle });
}

/** A conversation as `handle` sees it. */
export function conversationView(deps: ChatDependencies, entry: ConversationEntry, handle: string): Conversation {
  const { projection, directory } = deps;
  const person = projection.roster.person(handle);
  const last = entry.lastMessageSeq > 0 ? projection.event(entry.lastMessageSeq) : undefined;
  const joined = person !== undefined && entry.members.has(person);
  const common = {
    id: entry.id,
    topic: entry.topic,
    lastSeq: BigInt(entry.lastSeq),
    memberCount: entry.members.size,
    joined,
    // A room's messages are for its members.
    ...(last && joined && { lastMessage: messageView(entry.lastMessageSeq, last) }),
  };
  if (entry.kind === "room") {
    const title = entry.title === "" ? entry.id.slice(1) : entry.title;
    return create(ConversationSchema, { ...common, kind: ConversationKind.PUBLIC_ROOM, address: entry.id, title });
  }
  const [one, other] = directHandles(entry.id) ?? [handle, handle];
  const peer = userView(directory, one === handle ? other : one);
  return create(ConversationSchema, {
    ...common,
    kind: ConversationKind.DIRECT,
    address: `@${peer.handle}`,
    title: peer.displayName,
    peer,
  });
}
