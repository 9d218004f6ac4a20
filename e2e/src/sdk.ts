import type { ChatClient, ChatMessage, OutboxItem } from "@chat/client";

// What tests do with a signed-in client of the SDK.

/** Person id of who is signed in; 0 where nobody is. */
export function idOf({ session }: ChatClient): number {
  const state = session.$state.get();
  return state.state === "signed-in" ? state.user.id : 0;
}

/** Takes a message into the outbox. */
export function send({ outbox }: ChatClient, conversation: string, text: string): Promise<OutboxItem> {
  return outbox.add({ kind: "send", conversation, text });
}

/** The message of an outbox item, once it is stored. */
export async function stored({ outbox }: ChatClient, clientId: string): Promise<ChatMessage> {
  const { message } = await outbox.done(clientId);
  if (!message) throw new Error("the stored action is about no message");
  return message;
}
