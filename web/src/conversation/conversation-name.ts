/** What a `/c/…` path names: a person's or a room's address, or a conversation id. */
export interface ConversationName {
  readonly kind: "direct" | "room";
  /** As the SDK takes it. */
  readonly text: string;
}

const ADDRESS = /^[@#][a-z0-9][a-z0-9_-]{1,31}$/;
const ROOM_ID = /^[1-9][0-9]{0,15}$/;
const DIRECT_ID = /^[1-9][0-9]{0,15}-[1-9][0-9]{0,15}$/;

/** "@handle", "#name" (capitals forgiven) or a conversation id; undefined for anything else. */
export function parseConversationName(text: string): ConversationName | undefined {
  const name = text.trim().toLowerCase();
  if (ADDRESS.test(name)) return { kind: name.startsWith("@") ? "direct" : "room", text: name };
  if (ROOM_ID.test(name)) return { kind: "room", text: name };
  if (DIRECT_ID.test(name)) return { kind: "direct", text: name };
  return undefined;
}
