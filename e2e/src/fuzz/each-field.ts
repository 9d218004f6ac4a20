import type { DescField, DescMethod } from "@bufbuild/protobuf";
import { pathOf } from "./contract.ts";
import { bare, enveloped } from "./envelope.ts";
import { callHeaders, type Codec, PROTOCOLS, type Protocol, TOKEN } from "./headers.ts";
import { type CallInput, requestIdOf } from "./input.ts";
import { jsonOf } from "./json.ts";
import { protobufOf } from "./protobuf.ts";
import { type Source, sound } from "./values.ts";

/** Texts of which half a pair of UTF-16 is left: as they are in JSON, and when they are cut at the 80th place. */
const BROKEN: Readonly<Record<Codec, string>> = { json: "\ud800", proto: `a${"😀".repeat(45)}` };

interface Case {
  readonly method: DescMethod;
  readonly victim: DescField;
  readonly protocol: Protocol;
  readonly codec: Codec;
}

/** Calls that are in order but for one field: each field of each method once, in each protocol and codec. Every run begins with them. */
export function eachField(methods: readonly DescMethod[]): readonly ((source: Source) => CallInput)[] {
  const codecs = Object.keys(BROKEN) as Codec[];
  const cases = methods.flatMap((method) =>
    method.input.fields.flatMap((victim) =>
      PROTOCOLS.flatMap((protocol) => codecs.map((codec): Case => ({ method, victim, protocol, codec }))),
    ),
  );
  return cases.map((one) => (source) => callOf(source, one));
}

function callOf(source: Source, { method, victim, protocol, codec }: Case): CallInput {
  const calm = sound(source);
  const plan = { wildness: 0, hostility: 0, victim, victimText: BROKEN[codec] };
  const encode = codec === "json" ? jsonOf : protobufOf;
  const payload = encode(source, method.input, plan);
  const isStream = method.methodKind !== "unary";
  const { body } = (protocol !== "connect" || isStream ? enveloped : bare)(calm, payload);
  return {
    kind: "call",
    number: source.input,
    http: protocol === "grpc" ? 2 : 1,
    verb: "POST",
    path: pathOf(method),
    protocol,
    codec,
    isStream: method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
    headers: [
      ...callHeaders(protocol, codec, isStream),
      ["authorization", `Bearer ${TOKEN}`],
      ["x-request-id", requestIdOf(source.input)],
    ],
    body,
    delivery: "whole",
  };
}
