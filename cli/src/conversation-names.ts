import type { ChatClient } from "@chat/client";

/** Addresses of conversations by id, for output that names them. */
export interface ConversationNames {
  /** The address as it is now; the id itself where there is no such conversation any more. @throws ClientError */
  addressOf(id: string): Promise<string>;
  /** Takes an address from a row that came. */
  learn(conversation: { readonly id: string; readonly address: string }): void;
}

/** Each address is asked for once. */
export function createConversationNames(client: Pick<ChatClient, "conversations">): ConversationNames {
  const known = new Map<string, Promise<string>>();
  const ask = async (id: string) => (await client.conversations.find(id))?.address ?? id;
  return {
    addressOf(id) {
      const address = known.get(id) ?? ask(id);
      known.set(id, address);
      // A question that failed is asked again.
      address.catch(() => known.delete(id));
      return address;
    },
    learn: ({ id, address }) => void known.set(id, Promise.resolve(address)),
  };
}
