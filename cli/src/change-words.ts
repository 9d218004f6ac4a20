import type { ChatChange, ChatConversation, ChatMessage, ChatReaction, ChatUser, Users } from "@chat/client";
import { causeWords } from "@chat/client/conversation-words";
import { reactionWords, shortened } from "./message-format.ts";
import { personName } from "./person-name.ts";
import { visibleLine } from "./visible-text.ts";

const EXCERPT_WIDTH = 60;

/** What there was before, and how a message is called. */
export interface ChangeWordsOptions {
  readonly users: Pick<Users, "get">;
  /** The row as it was last shown. Without it the words say what holds now. */
  readonly before?: ChatMessage | undefined;
  /** What people call the message by: its number on the screen, or its seq. */
  readonly name: string;
}

type MessageChange = Extract<ChatChange, { row: "message" }>;

/** "ada edited 12: …": what became of a message that had been shown. Nothing where no one would see a difference. */
export function messageChangeWords(change: MessageChange, options: ChangeWordsOptions): string[] {
  const { message, cause, actor } = change;
  const { users, before, name } = options;
  const who = personName(users, actor === 0 ? message.sender : actor);
  switch (cause) {
    case "message-edited":
      return [`${who} edited ${name}: ${excerptOf(message)}`];
    case "message-deleted":
      return [`${who} deleted ${name}`];
    case "reaction-added":
    case "reaction-removed":
      return [reactionChange(change, who, options)];
    case "message-pinned":
      return [`${who} pinned ${name}: ${excerptOf(message)}`];
    case "message-unpinned":
      return [`${who} unpinned ${name}`];
    default:
      return before === undefined ? [] : differences(before, message, options);
  }
}

/** For rows that came without a cause. */
function differences(before: ChatMessage, message: ChatMessage, { users, name }: ChangeWordsOptions): string[] {
  const sender = personName(users, message.sender);
  if (message.deleted) return before.deleted ? [] : [`${sender} deleted ${name}`];
  const words: string[] = [];
  if (before.text !== message.text) words.push(`${sender} edited ${name}: ${excerptOf(message)}`);
  if (before.pinned !== message.pinned) words.push(`${name} is ${message.pinned ? "pinned" : "no longer pinned"}`);
  const reactions = reactionWords(message.reactions).join("  ");
  if (reactionWords(before.reactions).join("  ") !== reactions)
    words.push(`reactions to ${name}: ${reactions || "none"}`);
  return words;
}

function reactionChange({ message, cause, actor }: MessageChange, who: string, options: ChangeWordsOptions): string {
  const { before, name } = options;
  const now = reactionWords(message.reactions).join("  ");
  const [more, fewer] = cause === "reaction-added" ? [message, before] : [before, message];
  const emoji = visibleLine(
    more?.reactions.find((reaction) => has(reaction, actor) && !has(sameEmoji(fewer, reaction), actor))?.emoji ?? "",
  );
  if (before === undefined || emoji === "") {
    return cause === "reaction-added"
      ? `${who} reacted to ${name}: ${now}`
      : `${who} took a reaction to ${name} back: ${now || "none left"}`;
  }
  return cause === "reaction-added"
    ? `${who} reacted to ${name} with ${emoji}`
    : `${who} took ${emoji} back from ${name}`;
}

function sameEmoji(message: ChatMessage | undefined, { emoji }: ChatReaction): ChatReaction | undefined {
  return message?.reactions.find((reaction) => reaction.emoji === emoji);
}

function has(reaction: ChatReaction | undefined, person: number): boolean {
  return reaction?.people.includes(person) === true;
}

/** "ada joined": what a member's row says. */
export function memberChangeWords(change: Extract<ChatChange, { row: "member" }>, users: Pick<Users, "get">): string {
  const who = personName(users, change.member.person);
  return causeWords(change, who) ?? `${who} ${change.member.joined ? "joined" : "left"}`;
}

/** What happened to a conversation: what its cause alone says, else what changed about the room. */
export function conversationChangeWords(
  change: Extract<ChatChange, { row: "conversation" }>,
  before: Parameters<typeof roomChangeWords>[0],
  who: string,
): string[] {
  const told = causeWords(change, who);
  return told === undefined ? roomChangeWords(before, change.conversation, who) : [visibleLine(told)];
}

/** What changed about a room. Nothing for what no one sees, such as the number of members. */
export function roomChangeWords(
  before: Pick<ChatConversation, "address" | "title" | "topic"> | undefined,
  now: ChatConversation,
  who: string,
): string[] {
  if (before === undefined || now.kind !== "room") return [];
  const topic = visibleLine(now.topic);
  return [
    ...(now.address === before.address ? [] : [`${who} renamed this room: ${visibleLine(now.address)}`]),
    ...(now.title === before.title || now.title === now.address.slice(1)
      ? []
      : [`${who} changed the title: ${visibleLine(now.title)}`]),
    ...(now.topic === before.topic
      ? []
      : [topic === "" ? `${who} removed the topic` : `${who} set the topic: ${topic}`]),
  ];
}

/** What holds now of a room, where nothing tells what was before. */
export function roomNowWords(
  { conversation: now, cause }: Extract<ChatChange, { row: "conversation" }>,
  who: string,
): string[] {
  if (now.kind !== "room" || (cause !== "room-changed" && cause !== "unknown")) return [];
  const [address, title, topic] = [now.address, now.title, now.topic].map(visibleLine) as [string, string, string];
  const named = title === address.slice(1) ? address : `${address}, “${title}”`;
  const what = cause === "unknown" ? "this room has changed" : `${who} changed this room`;
  return [`${what}: ${named}${topic === "" ? "" : `, topic: ${topic}`}`];
}

/** What holds now of a person, where nothing tells what was before. */
export function personNowWords({ user, cause }: Extract<ChatChange, { row: "user" }>): string[] {
  switch (cause) {
    case "person-added":
      return [`@${visibleLine(user.handle)} is new here`];
    case "person-removed":
      return ["somebody removed their account"];
    case "person-changed":
      return [`@${visibleLine(user.handle)} is now called ${visibleLine(user.displayName)}`];
    default:
      return [];
  }
}

/** "ada is now @ada2": what changed about a person who is known here. */
export function personChangeWords(before: ChatUser | undefined, now: ChatUser): string[] {
  if (before === undefined) return [];
  const was = visibleLine(before.handle === "" ? before.displayName : before.handle);
  if (now.removed) return before.removed ? [] : [`${was} removed their account`];
  if (before.handle !== now.handle) return [`${was} is now @${visibleLine(now.handle)}`];
  return before.displayName === now.displayName ? [] : [`${was} is now called ${visibleLine(now.displayName)}`];
}

function excerptOf(message: ChatMessage): string {
  return shortened(visibleLine(message.text), EXCERPT_WIDTH);
}
