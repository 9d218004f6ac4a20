import { ClientError } from "./client-error.ts";

const ADDRESS = /^[@#][a-z0-9][a-z0-9_-]{1,31}$/;
const DIRECT_ID = /^(@[a-z0-9][a-z0-9_-]{1,31})(@[a-z0-9][a-z0-9_-]{1,31})$/;

/**
 * "@handle" or "#name" of a conversation, from its address or its canonical id, as the person with this handle sees it.
 * @throws ClientError `invalid_argument` for anything else
 */
export function toAddress(addressOrId: string, ownHandle: string): string {
  const trimmed = addressOrId.trim().toLowerCase();
  if (ADDRESS.test(trimmed)) return trimmed;
  const direct = DIRECT_ID.exec(trimmed);
  const own = `@${ownHandle}`;
  if (direct?.[1] === own) return direct[2] as string;
  if (direct?.[2] === own) return direct[1] as string;
  const description = "must be @ and a person's handle, or # and a room's name";
  throw new ClientError("invalid_argument", `“${addressOrId}” is no address: it ${description}.`, {
    fields: [{ field: "to", description }],
  });
}
