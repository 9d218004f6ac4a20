import type { WireCall } from "./call.ts";

/** What every answer says beside its type: no cache keeps it, and no browser takes it for another type. */
export const ANSWER_HEADERS = { "cache-control": "no-store", "x-content-type-options": "nosniff" } as const;

/** The content type of a call's answer. */
export function responseType({
  protocol,
  codec,
  enveloped,
}: Pick<WireCall, "protocol" | "codec" | "enveloped">): string {
  const format = codec === "binary" ? "proto" : "json";
  if (protocol !== "connect") return `application/${protocol}+${format}`;
  return enveloped ? `application/connect+${format}` : `application/${format}`;
}
