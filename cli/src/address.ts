import { usageError } from "./exit-code.ts";

const NAME = /^[a-z0-9][a-z0-9_-]{1,31}$/u;

/** "@handle" or "#name" as people type it, in the form the API takes. Undefined where it is neither. */
export function toAddress(text: string): string | undefined {
  const address = text.trim().toLowerCase();
  return (address.startsWith("@") || address.startsWith("#")) && NAME.test(address.slice(1)) ? address : undefined;
}

/** As {@link toAddress}. @throws CommandError (usage) */
export function parseAddress(text: string): string {
  const address = toAddress(text);
  if (address === undefined) {
    throw usageError(
      `"${text}" is no address. Write @handle for a person or '#name' for a room (quoted, # begins a comment in shells).`,
    );
  }
  return address;
}

/** The name of a room, with or without its "#". @throws CommandError (usage) */
export function parseRoomName(text: string): string {
  const address = toAddress(text.startsWith("#") ? text : `#${text}`);
  if (address === undefined) {
    throw usageError(`"${text}" is no room name: 2 to 32 of a-z, 0-9, _ and -, beginning with a letter or digit.`);
  }
  return address.slice(1);
}
