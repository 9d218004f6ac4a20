import type { ChatConversation } from "@chat/client";

/** The last message in one line, with who said it where that is not plain; undefined where there is none. */
export function preview(
  conversation: Pick<ChatConversation, "kind" | "lastMessage">,
  ownId: number,
  nameOf: (id: number) => string,
): string | undefined {
  const { kind, lastMessage } = conversation;
  if (lastMessage === undefined) return undefined;
  const text = lastMessage.deleted ? "Message deleted" : textLine(lastMessage.text);
  if (lastMessage.sender === ownId) return `You: ${text}`;
  return kind === "room" ? `${nameOf(lastMessage.sender)}: ${text}` : text;
}

/** A text without line breaks, for where one line is shown of it. */
export function textLine(text: string): string {
  return text.replace(/\s+/gu, " ").trim();
}
