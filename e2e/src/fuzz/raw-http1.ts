import { canaryOf } from "./canary.ts";
import type { RawInput } from "./input.ts";
import type { Source } from "./values.ts";

const HEALTH = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";

/** HTTP/1.1 byte by byte: pipelined, half, or with heads and lengths that contradict each other. */
export function rawHttp1({ chance, input }: Source): RawInput {
  const canary = canaryOf(input);
  const json = `{"text":"${canary}"}`;
  const post = (headers: string, body: string): string =>
    `POST /chat.v1.ChatService/SendMessage HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${headers}\r\n${body}`;
  const length = `content-length: ${json.length}\r\n`;
  const count = chance.int(2, 60);
  const [what, text, answers] = chance.pick<readonly [string, string, number]>([
    ["pipelined probes", HEALTH.repeat(count), count],
    ["pipelined calls", post(length, json).repeat(count), count],
    ["a page, then a call", `GET / HTTP/1.1\r\nhost: localhost\r\n\r\n${post(length, json)}`, 2],
    ["half a body", post("content-length: 5000\r\n", json), 0],
    ["half a head", post(length, json).slice(0, chance.int(1, 90)), 0],
    ["no length", post("", json), 0],
    ["two lengths", post(`${length}content-length: 1\r\n`, json), 0],
    ["length and chunks", post(`${length}transfer-encoding: chunked\r\n`, `0\r\n\r\n${HEALTH}`), 0],
    ["chunks", post("transfer-encoding: chunked\r\n", `${json.length.toString(16)}\r\n${json}\r\n0\r\n\r\n`), 1],
    ["chunks without an end", post("transfer-encoding: chunked\r\n", `${json.length.toString(16)}\r\n${json}\r\n`), 0],
    ["a chunk size that is none", post("transfer-encoding: chunked\r\n", "zz\r\n"), 0],
    ["a huge chunk", post("transfer-encoding: chunked\r\n", "ffffffffffffffff\r\nx"), 0],
    ["trailers", post("transfer-encoding: chunked\r\n", `0\r\nx-late: ${canary}\r\n\r\n`), 1],
    ["another coding", post("transfer-encoding: xchunked\r\n", json), 0],
    ["a negative length", post("content-length: -1\r\n", json), 0],
    ["a length above all numbers", post("content-length: 99999999999999999999\r\n", json), 0],
    ["expect", post(`${length}expect: 100-continue\r\n`, json), 1],
    ["expect something else", post(`${length}expect: ${canary}\r\n`, json), 1],
    ["upgrade to h2c", `GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n`, 0],
    [
      "upgrade to websocket",
      `GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`,
      0,
    ],
    ["CONNECT", "CONNECT a:1 HTTP/1.1\r\nhost: localhost\r\n\r\n", 0],
    ["an absolute target", "GET http://[::1/ HTTP/1.1\r\nhost: localhost\r\n\r\n", 0],
    ["a target that is none", `GET \u00ff${canary} HTTP/1.1\r\nhost: localhost\r\n\r\n`, 0],
    ["no host", "GET / HTTP/1.1\r\n\r\n", 0],
    ["two hosts", "GET / HTTP/1.1\r\nhost: localhost\r\nhost: b\r\n\r\n", 0],
    ["a strange host", `GET / HTTP/1.1\r\nhost: ${canary}:x@[\r\n\r\n`, 0],
    ["HTTP/1.0", "GET /healthz HTTP/1.0\r\n\r\n", 1],
    ["HTTP/0.9", "GET /\r\n", 0],
    ["HTTP/3.7", "GET / HTTP/3.7\r\nhost: localhost\r\n\r\n", 0],
    ["a folded header", "GET / HTTP/1.1\r\nhost: localhost\r\nx: 1\r\n 2\r\n\r\n", 0],
    ["a bare newline", "GET / HTTP/1.1\nhost: a\n\n", 0],
    ["control characters", `GET / HTTP/1.1\r\nhost: localhost\r\nx: \u0000\u0001\u007f\r\n\r\n`, 0],
    ["a name that is none", `GET / HTTP/1.1\r\nhost: localhost\r\nx y\u0000: 1\r\n\r\n`, 0],
    ["headers without an end", `GET / HTTP/1.1\r\nhost: localhost\r\n${"x: y\r\n".repeat(5_000)}`, 0],
    ["TLS", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003", 0],
    ["the HTTP/2 preface, nearly", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r", 0],
    ["garbage", chance.bytes(chance.int(1, 400)).toString("latin1"), 0],
  ]);
  const bytes = Buffer.from(text, "latin1");
  const cut = chance.is(0.3) ? chance.int(0, bytes.length) : 0;
  const isCut = chance.is(0.2);
  const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)].filter(({ length: size }) => size > 0);
  return { kind: "http1", number: input, what, pieces, answers: isCut ? 0 : answers, isCut };
}
