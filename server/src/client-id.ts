import { createHash } from "node:crypto";
import { parse as parseUuid } from "uuid";
import { ChatError } from "./errors.ts";

/** The client_id that a caller gave, as the log has it. @throws ChatError `invalid_argument` where it is no UUID */
export function clientIdOf(uuid: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(parseUuid(uuid));
  } catch (cause) {
    throw new ChatError("invalid_argument", "client_id is not a UUID.", {
      cause,
      details: { fields: [{ field: "client_id", description: "must be a UUID" }] },
    });
  }
}

/** The client_id of an event that belongs to a piece of work of the servers: the same, whichever server does it. */
export function workClientId(work: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash("sha256").update(work).digest().subarray(0, 16));
}
