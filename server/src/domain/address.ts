/** Handles and room names: lower case, digits, "_" and "-", 2 to 32 characters. */
export const NAME_PATTERN = /^[a-z0-9][a-z0-9_-]{1,31}$/;

/** What a conversation id or an address stands for. */
export type Address =
  | { readonly kind: "person"; readonly handle: string }
  | { readonly kind: "direct"; readonly handles: readonly [string, string] }
  | { readonly kind: "room"; readonly name: string };

/** Reads "@handle", "#name" or "@ada@bob" (in any order). Undefined: malformed. */
export function parseAddress(text: string): Address | undefined {
  if (text.startsWith("#")) {
    const name = text.slice(1);
    return NAME_PATTERN.test(name) ? { kind: "room", name } : undefined;
  }
  if (!text.startsWith("@")) return undefined;
  const handles = text.slice(1).split("@");
  if (handles.length > 2 || !handles.every((handle) => NAME_PATTERN.test(handle))) return undefined;
  const [first, second] = handles as [string, string | undefined];
  return second === undefined ? { kind: "person", handle: first } : { kind: "direct", handles: [first, second] };
}

/** Canonical id of the direct conversation of two people (or of one with themselves): both addresses sorted. */
export function directId(one: string, other: string): string {
  return one < other ? `@${one}@${other}` : `@${other}@${one}`;
}

/** Canonical id of a room. */
export function roomId(name: string): string {
  return `#${name}`;
}

/** The two handles of a canonical direct id, or undefined for anything else, also for one that is not canonical. */
export function directHandles(conversation: string): readonly [string, string] | undefined {
  const address = parseAddress(conversation);
  if (address?.kind !== "direct") return undefined;
  return directId(...address.handles) === conversation ? address.handles : undefined;
}
