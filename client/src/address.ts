// Imports nothing, so that it costs nothing where the SDK is not loaded yet: `@chat/client/address`.

const NAME = /^[a-z0-9][a-z0-9_-]{1,31}$/;
const ROOM_ID = /^[1-9][0-9]{0,15}$/;
const DIRECT_ID = /^([1-9][0-9]{0,15})-([1-9][0-9]{0,15})$/;

/** The rule of handles and room names, in words. */
export const NAME_RULE = "2 to 32 of a-z, 0-9, _ and -, beginning with a letter or digit";

/** What people write to name a conversation. `text` is the form that the API and URLs take. */
export type Address =
  | { readonly kind: "direct"; readonly handle: string; readonly text: string }
  | { readonly kind: "room"; readonly name: string; readonly text: string };

/** What an address or id names. `text` is the form that the API and URLs take. */
export interface ConversationName {
  readonly kind: "direct" | "room";
  readonly text: string;
}

/** "@handle" or "#name", capitals and outer spaces forgiven; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const address = text.trim().toLowerCase();
  const name = address.slice(1);
  if (!NAME.test(name)) return undefined;
  if (address.startsWith("@")) return { kind: "direct", handle: name, text: address };
  return address.startsWith("#") ? { kind: "room", name, text: address } : undefined;
}

/** A handle, with or without its "@", capitals and outer spaces forgiven; undefined where it is none. */
export function parseHandle(text: string): string | undefined {
  return parseName(text, "@");
}

/** The name of a room, with or without its "#", capitals and outer spaces forgiven; undefined where it is none. */
export function parseRoomName(text: string): string | undefined {
  return parseName(text, "#");
}

function parseName(text: string, sign: "@" | "#"): string | undefined {
  const typed = text.trim().toLowerCase();
  const name = typed.startsWith(sign) ? typed.slice(1) : typed;
  return NAME.test(name) ? name : undefined;
}

/** "@handle", "#name" or a conversation id; undefined for anything else. */
export function parseConversationName(text: string): ConversationName | undefined {
  const trimmed = text.trim();
  if (ROOM_ID.test(trimmed)) return { kind: "room", text: trimmed };
  if (DIRECT_ID.test(trimmed)) return { kind: "direct", text: trimmed };
  const address = parseAddress(trimmed);
  return address && { kind: address.kind, text: address.text };
}

/** A conversation's address or id in the form that the API takes; undefined for anything else. */
export function parseConversation(text: string): string | undefined {
  return parseConversationName(text)?.text;
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
