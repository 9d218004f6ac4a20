import type { ChatConversation, ChatMessage, ChatReaction, ChatUser, Users } from "@chat/client";
import { closedFor } from "@chat/client/conversation-words";
import { personName } from "./person-name.ts";
import type { Style } from "./printer.ts";
import { visibleLine, visibleText } from "./visible-text.ts";

const PADDING = "    ";

/** "2026-11-24 08:05" in the machine's time zone. */
export function stamp(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** What a message line needs besides the message. */
export interface MessageLineOptions {
  readonly style: Style;
  readonly users: Pick<Users, "get">;
  /** The conversation's address, where several mix. */
  readonly conversation?: string | undefined;
  /** Whether the seq goes first: what `edit`, `reply` and their like take. */
  readonly withSeq?: boolean;
}

/** A message as `read`, `tail` and `send` print it; its further lines are set in. */
export function messageLine(message: ChatMessage, options: MessageLineOptions): string {
  const { style, users } = options;
  const seq = options.withSeq === true ? `${style.dim(String(message.seq))} ` : "";
  const where = options.conversation === undefined ? "" : ` ${style.cyan(visibleLine(options.conversation))}`;
  const body = [messageText(message, style), ...marksOf(message).map(style.dim)].join("\n");
  const who = style.bold(personName(users, message.sender));
  return `${seq}${style.dim(stamp(message.sentAt))}${where} ${who}: ${body.replaceAll("\n", `\n${PADDING}`)}`;
}

/** The text as it is shown, with what became of it: "(edited)", "(deleted)". */
export function messageText(message: ChatMessage, style: Style): string {
  if (message.deleted) return style.dim("(deleted)");
  const text = visibleText(message.text).trimEnd();
  return message.editedAt === undefined ? text : `${text} ${style.dim("(edited)")}`;
}

/** The line under a message: whether it is pinned, and its reactions. None where there is nothing. */
export function marksOf(message: ChatMessage): string[] {
  const marks = [...(message.pinned ? ["pinned"] : []), ...reactionWords(message.reactions)];
  return marks.length === 0 ? [] : [marks.join("  ")];
}

/** "👍 2", one a reaction. */
export function reactionWords(reactions: readonly ChatReaction[]): string[] {
  return reactions.map(({ emoji, people }) => `${visibleLine(emoji)} ${people.length}`);
}

/** "@ada  Ada Lovelace": the name only where it says more than the handle. */
export function userLine(user: ChatUser, style: Style): string {
  const name = visibleLine(user.displayName);
  if (user.handle === "") return style.bold(name);
  return `${style.bold(`@${visibleLine(user.handle)}`)}${name === "" || name === user.handle ? "" : `  ${name}`}`;
}

/** The last message of a conversation in at most `width` characters, "you" for the caller's own. Empty where there is none. */
export function excerpt(
  conversation: ChatConversation,
  options: { users: Pick<Users, "get">; self: number; width: number },
): string {
  const last = conversation.lastMessage;
  if (last === undefined) return "";
  const text = last.deleted ? "(deleted)" : visibleLine(last.text);
  const own = last.sender === options.self;
  const who = own ? "you: " : conversation.kind === "room" ? `${personName(options.users, last.sender)}: ` : "";
  return shortened(`${who}${text}`, options.width);
}

/** At most so many characters, the last of them "…" where something is left out. */
export function shortened(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join("")}…`;
}

/** Address with the title beside it, where that says more, and whether one can't write there. */
export function conversationName(conversation: ChatConversation): string {
  const address = visibleLine(conversation.address);
  const title = visibleLine(conversation.title);
  const name = title === "" || title === address.slice(1) || title === address ? address : `${address}  ${title}`;
  const closed = closedFor(conversation);
  return closed === undefined ? name : `${name} (${closed.mark})`;
}
