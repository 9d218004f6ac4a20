import {
  NAME_RULE,
  parseConversation,
  parseHandle as handleIn,
  parseRoomName as roomNameIn,
} from "@chat/client/address";
import { usageError } from "./exit-code.ts";

/** What people type where a conversation is meant, an address or an id. @throws CommandError (usage) */
export function parseAddress(text: string): string {
  const address = parseConversation(text);
  if (address === undefined) {
    throw usageError(
      `"${text}" is no address. Write @handle for a person or '#name' for a room (quoted, # begins a comment in shells).`,
    );
  }
  return address;
}

/** The name of a room, with or without its "#". @throws CommandError (usage) */
export function parseRoomName(text: string): string {
  const name = roomNameIn(text);
  if (name === undefined) throw usageError(`"${text}" is no room name: ${NAME_RULE}.`);
  return name;
}

/** The address of a room from its name, with or without its "#", or its id. @throws CommandError (usage) */
export function parseRoom(text: string): string {
  return FOUR_DIGITS.test(text) ? text : `#${parseRoomName(text)}`;
}

/** Ids of rooms are no shorter; a name of fewer digits is a name. */
const FOUR_DIGITS = /^\d{4,}$/u;

/** A handle, with or without its "@". @throws CommandError (usage) */
export function parseHandle(text: string): string {
  const handle = handleIn(text);
  if (handle === undefined) throw usageError(`"${text}" is no handle: ${NAME_RULE}.`);
  return handle;
}
