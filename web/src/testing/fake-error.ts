import type { ClientErrorCode, ClientErrorShape } from "@chat/client";

/** An error as the SDK throws it. */
export function createFakeError(
  code: ClientErrorCode,
  message: string,
  fields: ClientErrorShape["fields"] = [],
): ClientErrorShape {
  return Object.assign(new Error(message), { code, fields });
}
