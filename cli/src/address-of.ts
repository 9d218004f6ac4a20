import type { ChatClient } from "@chat/client";

/** The address of a conversation as it is now; the id itself where there is no such conversation any more. @throws ClientError */
export async function addressOf({ conversations }: Pick<ChatClient, "conversations">, id: string): Promise<string> {
  return (await conversations.find(id))?.address ?? id;
}
