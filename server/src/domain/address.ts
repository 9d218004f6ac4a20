import { directPeople, isRoomId } from "./conversation-id.ts";
import { NAME_PATTERN } from "./names.ts";

/** What an address or a conversation id stands for. */
export type Address =
  | { readonly kind: "person"; readonly handle: string }
  | { readonly kind: "room-name"; readonly name: string }
  | { readonly kind: "direct"; readonly people: readonly [number, number] }
  | { readonly kind: "room"; readonly id: string };

/** Reads "@handle", "#name" or a conversation id. Undefined: malformed. */
export function parseAddress(text: string): Address | undefined {
  const name = text.slice(1);
  if (text.startsWith("#")) return NAME_PATTERN.test(name) ? { kind: "room-name", name } : undefined;
  if (text.startsWith("@")) return NAME_PATTERN.test(name) ? { kind: "person", handle: name } : undefined;
  if (isRoomId(text)) return { kind: "room", id: text };
  const people = directPeople(text);
  return people && { kind: "direct", people };
}
