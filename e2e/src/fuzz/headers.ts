import { canaryOf } from "./canary.ts";
import type { Source } from "./values.ts";

/** Names and values in the order they are sent; a name may be there twice. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Stands for an access token until the input is sent. */
export const TOKEN = "<token>";

export const PROTOCOLS = ["grpc", "grpc-web", "connect"] as const;
export type Protocol = (typeof PROTOCOLS)[number];
export type Codec = "proto" | "json";

/** The headers of a call that is in order, without a token. */
export function callHeaders(protocol: Protocol, codec: Codec, isStream: boolean): HeaderList {
  switch (protocol) {
    case "grpc":
      return [
        ["content-type", `application/grpc+${codec}`],
        ["te", "trailers"],
      ];
    case "grpc-web":
      return [["content-type", `application/grpc-web+${codec}`]];
    case "connect":
      return [
        ["content-type", `application/${isStream ? "connect+" : ""}${codec}`],
        ["connect-protocol-version", "1"],
      ];
  }
}

/** The spellings of who calls. Half of them are somebody who is signed in. */
export function authorization({ chance, input }: Source): HeaderList {
  if (chance.is(0.5)) return [["authorization", `Bearer ${TOKEN}`]];
  if (chance.is(0.3)) return [];
  return chance.pick<HeaderList>([
    [["authorization", canaryOf(input)]],
    [["authorization", `Bearer ${canaryOf(input)}`]],
    [["authorization", `bearer ${TOKEN}`]],
    [["authorization", `Bearer      ${TOKEN}`]],
    [["authorization", `Bearer ${TOKEN}x`]],
    [["authorization", `Basic ${Buffer.from(canaryOf(input)).toString("base64")}`]],
    [["authorization", ""]],
    [["authorization", "Bearer é"]],
    [["authorization", `Bearer ${"x".repeat(8_000)}`]],
    [
      ["authorization", `Bearer ${TOKEN}`],
      ["authorization", `Bearer ${canaryOf(input)}`],
    ],
    [["authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZWhkaSIsImV4cCI6OTk5OTk5OTk5OX0."]],
  ]);
}

/** Headers with one or two of them changed, doubled or added. */
export function mutatedHeaders(source: Source, headers: HeaderList): HeaderList {
  const { chance } = source;
  const changed = [...headers];
  for (let count = chance.int(1, 2); count > 0; count--) {
    const [name, values] = chance.pick(WILD);
    const value = chance.pick(values).replace("CANARY", canaryOf(source.input));
    const at = changed.findIndex(([known]) => known === name);
    if (at >= 0 && chance.is(0.8)) changed[at] = [name, value];
    else changed.push([name, value]);
  }
  if (chance.is(0.08)) for (let count = 0; count < 90; count++) changed.push([`x-many-${count}`, "y".repeat(100)]);
  if (chance.is(0.03)) changed.push(["x-large", "y".repeat(20_000)]);
  return changed;
}

const ENCODINGS = ["gzip", "br", "deflate", "zstd", "identity", "", "gzip, br", "*", "é", "gzip;q=0", "CANARY"];
const TIMEOUTS = ["1n", "1m", "50m", "5S", "0S", "99999999H", "999999999S", "-1S", "1", "S", "1.5S", "é", "", "CANARY"];

/** Names with the values that somebody gets wrong. None that says where a message ends: those are made byte by byte. */
const WILD: readonly (readonly [string, readonly string[]])[] = [
  [
    "content-type",
    [
      "application/grpc",
      "application/grpc+proto",
      "application/grpc-web",
      "application/grpc-web+json",
      "application/grpc-web-text",
      "application/connect+proto",
      "application/connect+json",
      "application/json; charset=utf-16",
      "application/json;charset=utf-8",
      "APPLICATION/JSON",
      "application/x-www-form-urlencoded",
      "text/plain",
      "application/proto, application/json",
      "",
      "é",
      "CANARY",
    ],
  ],
  ["grpc-timeout", TIMEOUTS],
  ["connect-timeout-ms", ["1", "0", "-1", "99999999999", "9999999999", "1.5", "1e3", "NaN", "é", "", "CANARY"]],
  ["connect-protocol-version", ["1", "0", "2", "", "é", "CANARY"]],
  ["grpc-encoding", ENCODINGS],
  ["grpc-accept-encoding", ENCODINGS],
  ["connect-content-encoding", ENCODINGS],
  ["connect-accept-encoding", ENCODINGS],
  ["content-encoding", ENCODINGS],
  ["accept-encoding", ENCODINGS],
  ["te", ["trailers", "", "TRAILERS"]],
  ["x-grpc-web", ["1", "é"]],
  ["x-user-agent", ["grpc-web-javascript/0.1", "é"]],
  ["x-forwarded-for", ["1.2.3.4", "é", ",,,", "::1, unknown", "CANARY"]],
  ["origin", ["http://evil.example", "null"]],
  ["cookie", ["a=b; CANARY"]],
  ["some-bin", ["AAAA", "not base64!", "é", "CANARY"]],
  ["grpc-status", ["0", "13"]],
  ["range", ["bytes=0-", "bytes=-1", "bytes=9-1", "x"]],
  ["if-none-match", ["*", '"x"', "é"]],
  ["if-modified-since", ["Thu, 01 Jan 1970 00:00:00 GMT", "é"]],
];
