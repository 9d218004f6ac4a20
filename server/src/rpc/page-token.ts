import { ChatError } from "../errors.ts";

/** How many items a page has: what the caller asks for, or the default for 0. */
export function pageSize(asked: number, byDefault: number): number {
  return asked === 0 ? byDefault : asked;
}

/** Where the next page goes on: opaque to callers. @param place a seq or a name */
export function pageToken(place: number | string): string {
  return Buffer.from(JSON.stringify([place])).toString("base64url");
}

/** The place in a token, undefined for the first page. @throws ChatError `invalid_argument` for one that this server did not make */
export function placeOf(token: string, kind: "number"): number | undefined;
export function placeOf(token: string, kind: "string"): string | undefined;
export function placeOf(token: string, kind: "number" | "string"): number | string | undefined {
  if (token === "") return undefined;
  let place: unknown;
  try {
    [place] = JSON.parse(Buffer.from(token, "base64url").toString()) as unknown[];
  } catch {
    // told below
  }
  if (typeof place === "string" && kind === "string") return place;
  if (Number.isSafeInteger(place) && kind === "number") return place as number;
  throw new ChatError("invalid_argument", "page_token is not one that this server gave.", {
    details: { fields: [{ field: "page_token", description: "must be the next_page_token of the page before" }] },
  });
}
