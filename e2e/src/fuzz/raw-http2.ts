import { canaryOf } from "./canary.ts";
import { FLAG, frame, headerBlock, PREFACE, setting, TYPE, uint32 } from "./http2-frames.ts";
import type { HeaderList } from "./headers.ts";
import type { RawInput } from "./input.ts";
import type { Source } from "./values.ts";

/** The only setting that matters to the reader of the answers: no dynamic table, so that a status is one known byte. */
const SETTINGS = frame(TYPE.settings, 0, 0, setting(1, 0));

/** HTTP/2 frame by frame: in any order, of any length, with headers that no client sends. */
export function rawHttp2(source: Source): RawInput {
  const { chance, input } = source;
  const frames: Buffer[] = [];
  const steps: string[] = [];
  let stream = 1;
  for (let count = chance.int(1, 12); count > 0; count--) {
    const [what, bytes] = step(source, stream);
    steps.push(what);
    frames.push(bytes);
    if (chance.is(0.7)) stream += 2;
  }
  const preface = chance.is(0.95) ? PREFACE : chance.bytes(24);
  const bytes = Buffer.concat([preface, SETTINGS, ...frames]);
  const isTruncated = chance.is(0.15);
  const whole = isTruncated ? bytes.subarray(0, chance.int(PREFACE.length, bytes.length)) : bytes;
  const cut = chance.is(0.3) ? chance.int(1, whole.length) : whole.length;
  return {
    kind: "http2",
    number: input,
    what: steps.join(", "),
    pieces: [whole.subarray(0, cut), whole.subarray(cut)].filter(({ length }) => length > 0),
    answers: 0,
    isCut: chance.is(0.2),
  };
}

function step(source: Source, stream: number): readonly [string, Buffer] {
  const { chance } = source;
  const request = (flags: number, list = requestHeaders(source)): Buffer =>
    frame(TYPE.headers, flags | FLAG.endHeaders, stream, headerBlock(list));
  const whole = request(FLAG.endStream);
  return chance.pick<() => readonly [string, Buffer]>([
    () => ["request", whole],
    () => ["request", whole],
    () => ["request and reset", Buffer.concat([whole, frame(TYPE.reset, 0, stream, uint32(chance.int(0, 20)))])],
    () => [
      "request with a body",
      Buffer.concat([request(0), frame(TYPE.data, FLAG.endStream, stream, chance.bytes(chance.int(0, 60)))]),
    ],
    () => ["request without an end", request(0)],
    () => [
      "padding",
      Buffer.concat([request(0), frame(TYPE.data, FLAG.padded | FLAG.endStream, stream, chance.bytes(9))]),
    ],
    () => ["trailers", Buffer.concat([request(0), request(FLAG.endStream, [["x-late", canaryOf(source.input)]])])],
    () => ["strange headers", request(FLAG.endStream, strangeHeaders(source))],
    () => ["bytes that are no headers", frame(TYPE.headers, 5, stream, chance.bytes(chance.int(0, 40)))],
    () => ["headers without an end", frame(TYPE.headers, 0, stream, headerBlock(requestHeaders(source)))],
    () => [
      "a hundred continuations",
      Buffer.concat([
        frame(TYPE.headers, 0, stream, headerBlock(requestHeaders(source))),
        ...Array.from({ length: 100 }, (_, at) => frame(TYPE.continuation, at === 99 ? 4 : 0, stream)),
      ]),
    ],
    () => ["continuation alone", frame(TYPE.continuation, 4, stream, chance.bytes(8))],
    () => ["data alone", frame(TYPE.data, 1, stream, chance.bytes(8))],
    () => [
      "a stream that depends on itself",
      frame(TYPE.priority, 0, stream, Buffer.concat([uint32(stream), Buffer.from([1])])),
    ],
    () => ["reset of an idle stream", frame(TYPE.reset, 0, stream + 100, uint32(8))],
    () => [
      "settings",
      frame(TYPE.settings, 0, 0, setting(chance.int(0, 10), chance.pick([0, 1, 16_384, 0x7fffffff, 0xffffffff]))),
    ],
    () => ["settings of five bytes", frame(TYPE.settings, 0, 0, chance.bytes(5))],
    () => ["settings of a stream", frame(TYPE.settings, 0, stream, setting(3, 1))],
    () => ["push", frame(TYPE.pushPromise, 4, stream, Buffer.concat([uint32(2), headerBlock(requestHeaders(source))]))],
    () => ["pings", Buffer.concat(Array.from({ length: 50 }, () => frame(TYPE.ping, 0, 0, chance.bytes(8))))],
    () => ["a ping of seven bytes", frame(TYPE.ping, 0, 0, chance.bytes(7))],
    () => [
      "goaway",
      frame(
        TYPE.goAway,
        0,
        0,
        Buffer.concat([uint32(0), uint32(chance.int(0, 20)), Buffer.from(canaryOf(source.input))]),
      ),
    ],
    () => ["window", frame(TYPE.windowUpdate, 0, chance.pick([0, stream]), uint32(chance.pick([0, 1, 0x7fffffff])))],
    () => ["a frame larger than allowed", frame(TYPE.data, 0, stream, Buffer.alloc(20_000))],
    () => [
      "a length that is a lie",
      frame(chance.int(0, 9), 0, stream, chance.bytes(4), chance.pick([3, 5, 16_384, 0xffffff])),
    ],
    () => ["an unknown type", frame(chance.int(10, 255), chance.int(0, 255), stream, chance.bytes(chance.int(0, 30)))],
    () => [
      "any frame",
      frame(
        chance.int(0, 9),
        chance.int(0, 255),
        chance.pick([0, stream, stream + 1]),
        chance.bytes(chance.int(0, 30)),
      ),
    ],
  ])();
}

function requestHeaders({ chance }: Source): HeaderList {
  const [method, path, type] = chance.pick([
    ["GET", "/", ""],
    ["GET", "/healthz", ""],
    ["POST", "/chat.v1.ChatService/SendMessage", "application/grpc+proto"],
    ["POST", "/chat.v1.ChatService/Subscribe", "application/grpc-web+json"],
    ["POST", "/grpc.health.v1.Health/Watch", "application/grpc"],
    ["POST", "/chat.v1.AuthService/GetMe", "application/json"],
  ] as const);
  return [
    [":method", method],
    [":scheme", "http"],
    [":path", path],
    [":authority", "localhost"],
    ...(type === "" ? [] : [["content-type", type] as const]),
  ];
}

function strangeHeaders(source: Source): HeaderList {
  const { chance, input } = source;
  const list = [...requestHeaders(source)];
  const extra = chance.pick<HeaderList>([
    [[":status", "200"]],
    [[":path", "/twice"]],
    [[":nothing", "1"]],
    [["X-Upper", "1"]],
    [["connection", "close"]],
    [["transfer-encoding", "chunked"]],
    [["content-length", "5"]],
    [["content-length", "x"]],
    [["te", "gzip"]],
    [["", ""]],
    [["x", "\u0000\r\n"]],
    [["x y", canaryOf(input)]],
    [["host", "b"]],
    [["x-large", "y".repeat(15_000)]],
  ]);
  if (chance.is(0.3)) list.splice(chance.int(0, 3), 1); // a pseudo-header is missing
  if (chance.is(0.3)) list[2] = [":path", chance.pick(["", "*", "x", "//[", "/\u00ff", "http://[::1/", "/%"])];
  if (chance.is(0.2)) list[3] = [":authority", chance.pick(["", "@", "[", "a:b", "\u00ff"])];
  return [...list, ...extra];
}
