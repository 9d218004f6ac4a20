import type { ChatConversation, ChatEvent, ChatMessage, ChatUser } from "@chat/client";
import { addressOf } from "@chat/client/conversation-id";
import type { Style } from "./printer.ts";
import { visibleLine, visibleText } from "./visible-text.ts";

const PADDING = "    ";

/** "2026-11-24 08:05" in the machine's time zone. */
export function stamp(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** A message as `read`, `tail` and `send` print it; its further lines are set in. `conversation` is shown where several mix. */
export function messageLine(message: ChatMessage, style: Style, options: { conversation?: string } = {}): string {
  const where = options.conversation === undefined ? "" : ` ${style.cyan(visibleLine(options.conversation))}`;
  const text = visibleText(message.text).trimEnd().replaceAll("\n", `\n${PADDING}`);
  return `${style.dim(stamp(message.sentAt))}${where} ${style.bold(visibleLine(message.sender))}: ${text}`;
}

/** A membership event as `tail` prints it. Undefined for messages. */
export function noticeLine(event: ChatEvent, style: Style): string | undefined {
  const what = noticeOf(event);
  return what === undefined ? undefined : style.dim(`${stamp(event.at)} ${visibleLine(event.conversation)} * ${what}`);
}

/** "ada joined": what a membership event says, in words. Undefined for messages. */
export function noticeOf(event: ChatEvent): string | undefined {
  const who = visibleLine(event.actor);
  switch (event.kind) {
    case "message-posted":
      return undefined;
    case "room-created":
      return `${who} made this room`;
    case "member-joined":
      return `${who} joined`;
    case "member-left":
      return `${who} left`;
  }
}

/** A message for programs, with the API's names. */
export function messageJson(message: ChatMessage): object {
  return {
    kind: "message",
    seq: message.seq,
    conversation: message.conversation,
    sender: message.sender,
    text: message.text,
    sent_at: isoTime(message.sentAt),
    client_id: message.clientId,
    ...(message.replyTo === undefined ? {} : { reply_to: message.replyTo }),
  };
}

/** An event for programs; a message is printed as {@link messageJson} does. */
export function eventJson(event: ChatEvent): object {
  if (event.kind === "message-posted") return messageJson(event.message);
  return {
    kind: event.kind,
    seq: event.seq,
    conversation: event.conversation,
    actor: event.actor,
    at: isoTime(event.at),
  };
}

/** A conversation for programs. */
export function conversationJson(conversation: ChatConversation): object {
  return {
    conversation: conversation.id,
    address: conversation.address,
    kind: conversation.kind,
    title: conversation.title,
    topic: conversation.topic,
    joined: conversation.joined,
    members: conversation.memberCount,
    last_seq: conversation.lastSeq,
    ...(conversation.lastMessage === undefined ? {} : { last_message: messageJson(conversation.lastMessage) }),
  };
}

/** A person for programs. */
export function userJson(user: ChatUser): object {
  return { handle: user.handle, display_name: user.displayName };
}

/** "@ada  Ada Lovelace": the name only where it says more than the handle. */
export function userLine(user: ChatUser, style: Style): string {
  const name = visibleLine(user.displayName);
  return `${style.bold(`@${visibleLine(user.handle)}`)}${name === "" || name === user.handle ? "" : `  ${name}`}`;
}

/** The last message of a conversation in at most `width` characters, "you" for the caller's own. Empty where there is none. */
export function excerpt(conversation: ChatConversation, self: string, width: number): string {
  const last = conversation.lastMessage;
  if (last === undefined) return "";
  const text = visibleLine(last.text);
  const who = last.sender === self ? "you: " : conversation.kind === "room" ? `${visibleLine(last.sender)}: ` : "";
  const characters = [...`${who}${text}`];
  return characters.length <= width ? characters.join("") : `${characters.slice(0, width - 1).join("")}…`;
}

/** Address with the title beside it, where that says more. */
export function conversationName(conversation: ChatConversation): string {
  const address = visibleLine(conversation.address);
  const title = visibleLine(conversation.title);
  return title === "" || title === address.slice(1) || title === address ? address : `${address}  ${title}`;
}

/** What to send to, for a message of any conversation. */
export function messageAddress(message: ChatMessage, self: string): string {
  return addressOf(message.conversation, self);
}

function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
