import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { generate } from "selfsigned";
import { expect, it } from "vitest";
import { answerOf, begin, eventually, openEdge } from "../testing/edge.ts";

/** What an HTTP/2 client begins with: the preface and empty settings. */
const OPENING = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);
/** HEADERS of stream 1 (":method: GET" of the static table) without END_HEADERS. */
const ENDLESS_HEADERS = Buffer.from([0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82]);

it("drops an HTTP/2 connection whose first headers never end", async () => {
  await using edge = await openEdge({ limits: { headersMs: 100, checkMs: 20 } });
  const socket = await edge.raw(Buffer.concat([OPENING, ENDLESS_HEADERS]));
  socket.resume();
  await once(socket, "close");
  expect([edge.handled(), edge.refused]).toEqual([0, { headers_timeout: 1 }]);
  await eventually(() => edge.listener.inUse.connections === 0);
});

it("closes an HTTP/2 connection on which nothing goes on, though it answers pings", async () => {
  await using edge = await openEdge({ limits: { idleMs: 100, checkMs: 20 } });
  const session = await edge.http2();
  expect(await answerOf(begin(session))).toMatchObject({ status: 200 });
  await once(session, "close");
  expect(edge.refused).toEqual({});
  await eventually(() => edge.listener.inUse.connections === 0);
});

it("keeps an HTTP/2 connection while a stream is open on it", async () => {
  await using edge = await openEdge({ limits: { idleMs: 50, checkMs: 10 }, handler: () => {}, kind: "stream" });
  const session = await edge.http2();
  begin(session);
  await delay(300);
  expect(session.destroyed).toBe(false);
  expect(edge.listener.inUse).toMatchObject({ stream: 1, connections: 1 });
});

it("drops a TLS connection that says nothing", async () => {
  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], { keyType: "ec" });
  await using edge = await openEdge({ limits: { handshakeMs: 100 }, tls: { cert, key, port: 0 } });
  const socket = connect(edge.listener.tlsPort ?? 0, "127.0.0.1");
  socket.on("error", () => {}).resume();
  await once(socket, "close");
  await eventually(() => edge.listener.inUse.connections === 0);
});
