import type { DescMethod } from "@bufbuild/protobuf";
import { canaryOf } from "./canary.ts";
import { pathOf } from "./contract.ts";
import { bare, enveloped, type Packed } from "./envelope.ts";
import {
  authorization,
  callHeaders,
  type Codec,
  type HeaderList,
  mutatedHeaders,
  PROTOCOLS,
  type Protocol,
} from "./headers.ts";
import { type CallInput, type Delivery, requestIdOf } from "./input.ts";
import { jsonOf } from "./json.ts";
import { protobufOf } from "./protobuf.ts";
import type { Source } from "./values.ts";

const CODECS: readonly Codec[] = ["proto", "json"];

/** A call of one of the methods: what is wrong with it, if anything, is its message, envelope, headers, path or how it is sent. */
export function callInput(source: Source, methods: readonly DescMethod[]): CallInput {
  const { chance, input } = source;
  const method = chance.pick(methods);
  const protocol = chance.pick(PROTOCOLS);
  const codec = chance.pick(CODECS);
  const isStream = method.methodKind !== "unary";
  const payload = codec === "proto" ? protobufOf(source, method.input) : jsonOf(source, method.input);
  const hasEnvelope = protocol !== "connect" || isStream;
  const { body, encoding } = hasEnvelope ? enveloped(source, payload) : bare(source, payload);
  const plain = [
    ...callHeaders(protocol, codec, isStream),
    ...encodingOf({ body, encoding } as Packed, protocol, isStream),
  ];
  const headers = chance.is(0.2) ? mutatedHeaders(source, plain) : plain;
  const call = {
    kind: "call",
    number: input,
    http: protocol === "grpc" ? (chance.is(0.9) ? 2 : 1) : chance.pick([1, 2] as const),
    verb: "POST",
    path: pathOf(method),
    protocol,
    codec,
    isStream: method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
    headers: [...headers, ...authorization(source), ["x-request-id", requestIdOf(input)]],
    body,
    delivery: deliveryOf(source),
  } as const satisfies CallInput;
  return chance.is(0.06) ? elsewhere(source, call, payload) : call;
}

function encodingOf({ encoding }: Packed, protocol: Protocol, isStream: boolean): HeaderList {
  if (encoding === undefined) return [];
  if (protocol !== "connect") return [["grpc-encoding", encoding]];
  return [[isStream ? "connect-content-encoding" : "content-encoding", encoding]];
}

function deliveryOf({ chance }: Source): Delivery {
  if (chance.is(0.75)) return "whole";
  return chance.pick(["pieces", "pieces", "half", "cut", "reset"]);
}

/** The same at a path or with a verb that is not a method's. */
function elsewhere({ chance, input }: Source, call: CallInput, payload: Buffer): CallInput {
  const query = `connect=v1&encoding=${call.codec}&message=${encodeURIComponent(payload.toString("latin1").slice(0, 4_000))}`;
  const [verb, path] = chance.pick([
    ["GET", `${call.path}?${query}`],
    ["GET", `${call.path}?connect=v1&encoding=x&base64=1&compression=gzip&message=${canaryOf(input)}`],
    ["GET", `/?${canaryOf(input)}`],
    ["GET", "/%E0%A4%A"],
    ["GET", "/..%2f..%2fetc/passwd"],
    ["GET", "//evil.example/%00"],
    ["GET", "/assets/nothing.js"],
    ["GET", "/metrics"],
    ["GET", "/readyz?x=%"],
    ["HEAD", "/"],
    ["HEAD", call.path],
    ["OPTIONS", call.path],
    ["OPTIONS", "*"],
    ["PUT", call.path],
    ["DELETE", "/"],
    ["POST", "/"],
    ["POST", `${call.path}/`],
    ["POST", `${call.path}?a=%ZZ`],
    ["POST", call.path.toLowerCase()],
    ["POST", "/chat.v1.ChatService/Nothing"],
    ["POST", "/__proto__/constructor"],
    ["POST", `/${"x".repeat(7_000)}`],
  ] as const);
  const hasBody = verb !== "GET" && verb !== "HEAD";
  return { ...call, verb, path, isStream: false, ...(!hasBody && { body: Buffer.alloc(0), delivery: "whole" }) };
}
