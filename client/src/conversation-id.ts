// Imports nothing, so that it costs nothing where the SDK is not loaded yet: `@chat/client/conversation-id`.

/** The canonical id of a conversation: "#name", or both addresses of a direct one, sorted. */
export function toConversationId(address: string, ownHandle: string): string {
  return address.startsWith("#") ? address : [address, `@${ownHandle}`].sort().join("");
}

/** The address of a canonical conversation id ("#name", "@ada@bob"), seen from the person with this handle. */
export function addressOf(conversationId: string, ownHandle: string): string {
  if (conversationId.startsWith("#")) return conversationId;
  const [first = "", second = first] = conversationId.slice(1).split("@");
  return `@${first === ownHandle ? second : first}`;
}
