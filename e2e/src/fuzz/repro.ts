import { TOKEN } from "./headers.ts";
import type { CallInput, Input } from "./input.ts";
import { bytesOf } from "./shrink.ts";

const HEX_MAX_BYTES = 600;
const HEADERS_MAX = 12;

/** How to bring an input about again: what it is, its bytes, and a command for it. */
export function reproOf(input: Input): string[] {
  const bytes = bytesOf(input);
  const hex = bytes.subarray(0, HEX_MAX_BYTES).toString("hex");
  const rest = bytes.length > HEX_MAX_BYTES ? ` … (${bytes.length} bytes)` : "";
  if (input.kind !== "call") {
    const how = input.isCut ? ", then a reset" : "";
    return [`${input.kind === "http1" ? "HTTP/1.1" : "HTTP/2"} bytes: ${input.what}${how}`, `hex ${hex}${rest}`];
  }
  const headers = input.headers.map(([name, value]) => `${name}: ${value.slice(0, 100)}`);
  return [
    `${input.verb} ${input.path.slice(0, 300)} (${input.protocol}, ${input.codec}, HTTP/${input.http === 1 ? "1.1" : "2"}, ${input.delivery})`,
    ...headers.slice(0, HEADERS_MAX).map((header) => `  ${header}`),
    `hex ${hex === "" ? "(no body)" : hex}${rest}`,
    ...(bytes.length <= HEX_MAX_BYTES && headers.length <= HEADERS_MAX ? [curl(input, headers, hex)] : []),
  ];
}

function curl({ http, verb, path }: CallInput, headers: readonly string[], hex: string): string {
  const flags = headers.map((header) => `-H '${header.replace(TOKEN, "$TOKEN").replaceAll("'", "'\\''")}'`).join(" ");
  const command = `curl -i ${http === 1 ? "--http1.1" : "--http2-prior-knowledge"} -X ${verb} ${flags}`;
  return hex === ""
    ? `${command} "$URL${path}"`
    : `echo ${hex} | xxd -r -p | ${command} --data-binary @- "$URL${path}"`;
}
