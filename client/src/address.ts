// Imports nothing, so that it costs nothing where the SDK is not loaded yet: `@chat/client/address`.

const NAME = /^[a-z0-9][a-z0-9_-]{1,31}$/;
const ROOM_ID = /^[1-9][0-9]*$/;
const DIRECT_ID = /^([1-9][0-9]*)-([1-9][0-9]*)$/;

/** The rule of handles and room names, in words. */
export const NAME_RULE = "2 to 32 of a-z, 0-9, _ and -, beginning with a letter or digit";

/** What people write to name a conversation. `text` is the form that the API and URLs take. */
export type Address =
  | { readonly kind: "direct"; readonly handle: string; readonly text: string }
  | { readonly kind: "room"; readonly name: string; readonly text: string };

/** Whether this is a handle or a room name, without "@" or "#". */
export function isName(text: string): boolean {
  return NAME.test(text);
}

/** "@handle" or "#name", capitals and outer spaces forgiven; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const address = text.trim().toLowerCase();
  const name = address.slice(1);
  if (!isName(name)) return undefined;
  if (address.startsWith("@")) return { kind: "direct", handle: name, text: address };
  return address.startsWith("#") ? { kind: "room", name, text: address } : undefined;
}

/** The name of a room, with or without its "#"; undefined where it is none. */
export function parseRoomName(text: string): string | undefined {
  const name = text.trim().toLowerCase().replace(/^#/, "");
  return isName(name) ? name : undefined;
}

/** A conversation's address or id in the form that the API takes; undefined for anything else. */
export function parseConversation(text: string): string | undefined {
  const trimmed = text.trim();
  return isConversationId(trimmed) ? trimmed : parseAddress(trimmed)?.text;
}

/** "8192" of a room, "4096-4097" of a direct conversation. */
export function isConversationId(text: string): boolean {
  return ROOM_ID.test(text) || DIRECT_ID.test(text);
}

/** The id of the direct conversation of two people; of one with oneself when both are the same. */
export function directId(one: number, other: number): string {
  return `${Math.min(one, other)}-${Math.max(one, other)}`;
}

/** The two people of a direct conversation's id; undefined for a room's. */
export function peopleOf(conversationId: string): readonly [number, number] | undefined {
  const [, one, other] = DIRECT_ID.exec(conversationId) ?? [];
  return one === undefined ? undefined : [Number(one), Number(other)];
}
