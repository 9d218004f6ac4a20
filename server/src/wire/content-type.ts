import type { WireCall } from "./call.ts";

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
