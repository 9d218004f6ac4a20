/** What a `/c/…` path names. */
export type Address =
  | { readonly kind: "direct"; readonly handle: string; readonly text: string }
  | { readonly kind: "room"; readonly name: string; readonly text: string };

const ADDRESS = /^([@#])([a-z0-9][a-z0-9_-]{1,31})$/;

/** "@handle" or "#name", capitals forgiven; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const [, sign, name] = ADDRESS.exec(text.trim().toLowerCase()) ?? [];
  if (name === undefined) return undefined;
  return sign === "@" ? { kind: "direct", handle: name, text: `@${name}` } : { kind: "room", name, text: `#${name}` };
}
