import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";

/** What became of an input. */
export type Answer =
  /** An answer came, whole or, of a stream without an end, its beginning. */
  | { readonly state: "answered"; readonly status: number; readonly headers: Headers; readonly body: Buffer }
  /** The server closed without an answer. */
  | { readonly state: "closed"; readonly how: string; readonly isOrderly: boolean }
  /** Nothing came in time. */
  | { readonly state: "silent" }
  /** The input itself was given up, or can't be sent by a client in order. */
  | { readonly state: "given-up" };

/** Headers and trailers by name, in lower case. */
export type Headers = Readonly<Record<string, string>>;

/** Codes that say "ours to mend", as numbers of gRPC and words of Connect. */
const OURS: Readonly<Record<string, string>> = {
  2: "UNKNOWN",
  13: "INTERNAL",
  15: "DATA_LOSS",
  unknown: "UNKNOWN",
  internal: "INTERNAL",
  data_loss: "DATA_LOSS",
};

const STATUS_INTERNAL = 500;
const FLAG_COMPRESSED = 1;
const FLAG_CONNECT_END = 2;
const FLAG_WEB_TRAILERS = 0x80;

/** What an answer says that no answer may say: the code with its message. Undefined where it is fine. */
export function fault(answer: Answer): string | undefined {
  if (answer.state !== "answered") return undefined;
  const { status, headers, body } = answer;
  const [code, message = ""] = codeOf(headers, body) ?? [];
  const ours = code === undefined ? undefined : OURS[code];
  if (ours !== undefined) return `${ours}: ${message}`;
  return status === STATUS_INTERNAL ? `HTTP 500: ${body.toString("latin1").slice(0, 200)}` : undefined;
}

function codeOf(headers: Headers, body: Buffer): readonly [code: string, message: string] | undefined {
  const status = headers["grpc-status"];
  if (status !== undefined) return [status, decoded(headers["grpc-message"] ?? "")];
  const type = headers["content-type"] ?? "";
  if (type.startsWith("application/json")) return errorIn(unpacked(body, headers["content-encoding"]));
  const encoding = headers["grpc-encoding"] ?? headers["connect-content-encoding"];
  if (type.startsWith("application/grpc-web") || type.startsWith("application/connect"))
    for (const { flags, payload } of envelopes(body)) {
      const text = flags & FLAG_COMPRESSED ? unpacked(payload, encoding) : payload;
      if (flags & FLAG_WEB_TRAILERS) {
        const trailers = text.toString("latin1");
        const code = /grpc-status: ?(\d+)/i.exec(trailers)?.[1];
        if (code !== undefined) return [code, decoded(/grpc-message: ?(.*)/i.exec(trailers)?.[1] ?? "")];
      } else if (flags & FLAG_CONNECT_END) return errorIn(text);
    }
  return undefined;
}

function* envelopes(body: Buffer): Iterable<{ flags: number; payload: Buffer }> {
  for (let at = 0; at + 5 <= body.length;) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    yield { flags: body[at] ?? 0, payload: body.subarray(at + 5, end) };
    at = end;
  }
}

function errorIn(json: Buffer): readonly [code: string, message: string] | undefined {
  try {
    const parsed = JSON.parse(json.toString()) as {
      code?: string;
      message?: string;
      error?: { code?: string; message?: string };
    };
    const { code, message = "" } = parsed.error ?? parsed;
    return typeof code === "string" ? [code, message] : undefined;
  } catch {
    return undefined; // no answer of a call
  }
}

function unpacked(bytes: Buffer, encoding: string | undefined): Buffer {
  const unpack = { gzip: gunzipSync, br: brotliDecompressSync, deflate: inflateSync }[encoding ?? ""];
  try {
    return unpack ? unpack(bytes) : bytes;
  } catch {
    return bytes; // an answer that was cut off
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // no percent-encoding
  }
}
