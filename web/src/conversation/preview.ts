import type { ChatConversation } from "@chat/client";

/** The last message in one line, with who said it where that is not plain; undefined where there is none. */
export function preview(
  conversation: Pick<ChatConversation, "kind" | "lastMessage">,
  ownHandle: string,
  nameOf: (handle: string) => string,
): string | undefined {
  const { kind, lastMessage } = conversation;
  if (lastMessage === undefined) return undefined;
  const text = lastMessage.text.replace(/\s+/gu, " ").trim();
  if (lastMessage.sender === ownHandle) return `You: ${text}`;
  return kind === "room" ? `${nameOf(lastMessage.sender)}: ${text}` : text;
}
