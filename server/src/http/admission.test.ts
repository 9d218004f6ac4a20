import { once } from "node:events";
import { get } from "node:http";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { answerOf, begin, eventually, openEdge } from "../testing/edge.ts";
import { EDGE_LIMITS } from "./edge-limits.ts";

const HEAD = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n";
const bound = (perAddress: number, total: number) => ({ perAddress, total });
const requests = (call: { perAddress: number; total: number }) => ({ ...EDGE_LIMITS.requests, call });

/** What an HTTP/2 client begins with: the preface and empty settings. */
const OPENING = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

/** Requests for "/", each with its cancellation right behind it. */
function takenBack(count: number): Buffer[] {
  return Array.from({ length: count }, (_, index) => {
    // ":method: GET", ":path: /", ":scheme: http" of the static table, and ":authority: x".
    const fields = Buffer.from([0x82, 0x84, 0x86, 0x01, 0x01, 0x78]);
    const headers = Buffer.from([0, 0, fields.length, 1, 5, 0, 0, 0, 0]);
    const reset = Buffer.from([0, 0, 4, 3, 0, 0, 0, 0, 0, 0, 0, 0, 8]);
    for (const frame of [headers, reset]) frame.writeUInt32BE(2 * index + 1, 5);
    return Buffer.concat([headers, fields, reset]);
  });
}

describe("connections", () => {
  it("of one address are bounded, and one that closes makes room", async () => {
    await using edge = await openEdge({ limits: { connections: bound(3, 100) } });
    const sockets = await Promise.all([1, 2, 3].map(() => edge.raw("")));
    await eventually(() => edge.listener.inUse.connections === 3);
    const fourth = await edge.raw("");
    await eventually(() => fourth.destroyed);
    expect(edge.refused).toEqual({ connections: 1 });
    sockets[0]?.destroy();
    // It had said nothing yet, but nobody waits for what it might have said.
    await eventually(() => edge.listener.inUse.connections === 2, "room", 5_000);
    const fifth = await edge.raw("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(String((await once(fifth, "data"))[0])).toContain("200 OK");
  });

  it("that one address opens are a burst and then so many a second, also where each is closed at once", async () => {
    let now = 0;
    await using edge = await openEdge({ limits: { openings: { burst: 3, perSecond: 1 } }, now: () => now });
    const isLetIn = async (localAddress = "127.0.0.1"): Promise<boolean> => {
      const socket = connect({ port: edge.port, host: "127.0.0.1", localAddress });
      socket.on("error", () => {});
      socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      const answered = once(socket, "data").then(() => true);
      const isAnswered = await Promise.race([answered, once(socket, "close").then(() => false)]).catch(() => false);
      socket.destroy();
      return isAnswered;
    };
    expect([await isLetIn(), await isLetIn(), await isLetIn(), await isLetIn()]).toEqual([true, true, true, false]);
    expect([await isLetIn("127.0.0.2"), edge.refused]).toEqual([true, { openings: 1 }]);
    now += 1_000;
    expect([await isLetIn(), await isLetIn()]).toEqual([true, false]);
  });

  it("of a trusted proxy have no bound of their own, but for the one of all", async () => {
    await using edge = await openEdge({ limits: { connections: bound(2, 4) }, trustedProxies: ["127.0.0.1"] });
    await Promise.all([1, 2, 3, 4].map(() => edge.raw("")));
    await eventually(() => edge.listener.inUse.connections === 4);
    const fifth = await edge.raw("");
    await eventually(() => fifth.destroyed);
    expect(edge.refused).toEqual({ connections: 1 });
  });

  it("of other addresses still find room", async () => {
    await using edge = await openEdge({ limits: { connections: bound(2, 100) } });
    await Promise.all([1, 2].map(() => edge.raw("")));
    await eventually(() => edge.listener.inUse.connections === 2);
    const other = connect({ port: edge.port, host: "127.0.0.1", localAddress: "127.0.0.2" });
    other.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(String((await once(other, "data"))[0])).toContain("200 OK");
    other.destroy();
  });
});

describe("open requests", () => {
  it("of one address are bounded: one more is told so in its own protocol, and more than twice as many get no answer", async () => {
    await using edge = await openEdge({ limits: { requests: requests(bound(4, 100)) }, handler: () => {} });
    const session = await edge.http2();
    const waiting = Array.from({ length: 4 }, () => begin(session));
    await eventually(() => edge.handled() === 4);
    expect(await answerOf(begin(session))).toMatchObject({ status: 429 });
    const grpc = begin(session, { ":method": "POST", "content-type": "application/grpc" });
    const [headers] = (await once(grpc, "response")) as [Record<string, string>];
    expect(headers).toMatchObject({ ":status": 200, "grpc-status": "8" });
    expect([edge.handled(), edge.refused["requests"]]).toEqual([4, 2]);
    waiting[0]?.close();
    await eventually(() => edge.listener.inUse.call === 3);
    begin(session);
    await eventually(() => edge.handled() === 5);
  });

  it("are counted by client where a trusted proxy forwards them, and by connection where not", async () => {
    const limits = { requests: requests(bound(1, 100)) };
    await using proxied = await openEdge({ limits, handler: () => {}, trustedProxies: ["127.0.0.1"] });
    await using direct = await openEdge({ limits, handler: () => {} });
    for (const edge of [proxied, direct]) {
      const session = await edge.http2();
      for (const client of ["203.0.113.1", "203.0.113.2", "203.0.113.1"]) begin(session, { "x-forwarded-for": client });
      await eventually(() => edge.handled() + (edge.refused["requests"] ?? 0) === 3);
    }
    expect([proxied.handled(), direct.handled()]).toEqual([2, 1]);
  });

  it("all together are bounded", async () => {
    await using edge = await openEdge({
      limits: { requests: requests(bound(100, 2)) },
      handler: () => {},
      trustedProxies: ["127.0.0.1"],
    });
    const session = await edge.http2();
    for (let client = 1; client <= 3; client++) begin(session, { "x-forwarded-for": `203.0.113.${client}` });
    await eventually(() => edge.handled() + (edge.refused["requests"] ?? 0) === 3);
    expect(edge.handled()).toBe(2);
  });

  it("of HTTP/1.1 are counted and let go alike", async () => {
    await using edge = await openEdge();
    for (let count = 0; count < 5; count++) {
      await new Promise((resolve) =>
        get({ port: edge.port, agent: false }, (response) => response.resume().on("end", resolve)),
      );
    }
    expect(edge.handled()).toBe(5);
    await eventually(() => edge.listener.inUse.call === 0 && edge.listener.inUse.connections === 0);
  });
});

it("requests that wait behind another one on a connection are let go with it", async () => {
  await using edge = await openEdge({ handler: () => {} });
  const socket = await edge.raw("GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(5));
  await eventually(() => edge.listener.inUse.call === 5);
  socket.destroy();
  await eventually(() => edge.listener.inUse.call === 0);
});

describe("bodies that have begun and not ended", () => {
  const reader = { handler: (request: { resume(): unknown }) => void request.resume() };

  it("may hold so many bytes of one address, over both versions of HTTP", async () => {
    await using edge = await openEdge({ limits: { bodyBytes: bound(100_000, 1_000_000) }, ...reader });
    const sockets = await Promise.all([1, 2, 3].map(() => edge.raw(HEAD + "x".repeat(30_000))));
    await eventually(() => edge.listener.inUse.bodyBytes === 90_000);
    const session = await edge.http2();
    const stream = begin(session, {}, false);
    stream.write(Buffer.alloc(20_000));
    await new Promise((resolve) => stream.once("close", resolve));
    expect(stream.rstCode).toBe(11); // ENHANCE_YOUR_CALM
    expect(edge.refused).toEqual({ body_bytes: 1 });
    for (const socket of sockets) socket.destroy();
    await eventually(() => edge.listener.inUse.bodyBytes === 0);
  });

  it("may hold so many bytes of all", async () => {
    await using edge = await openEdge({ limits: { bodyBytes: bound(1_000_000, 50_000) }, ...reader });
    const socket = await edge.raw(HEAD + "x".repeat(60_000));
    await once(socket, "close");
    expect(edge.refused).toEqual({ body_bytes: 1 });
    expect(edge.listener.inUse.bodyBytes).toBe(0);
  });

  it("hold nothing once they are there to their end", async () => {
    await using edge = await openEdge(reader);
    const session = await edge.http2();
    const stream = begin(session, {}, false);
    stream.end(Buffer.alloc(10_000));
    await eventually(() => edge.handled() === 1);
    await delay(20);
    expect(edge.listener.inUse).toMatchObject({ bodyBytes: 0, call: 1 });
  });

  it("are cut off over HTTP/2 when they take too long, as over HTTP/1.1", async () => {
    await using edge = await openEdge({ limits: { headersMs: 100, requestMs: 100, checkMs: 20 }, ...reader });
    const session = await edge.http2();
    const silent = begin(session, {}, false);
    const dripping = begin(session, {}, false);
    const timer = setInterval(() => dripping.write("x"), 10);
    await Promise.all([silent, dripping].map((stream) => new Promise((resolve) => stream.once("close", resolve))));
    clearInterval(timer);
    expect(edge.refused).toEqual({ body_timeout: 2 });
    expect(edge.listener.inUse).toMatchObject({ bodyBytes: 0, call: 0 });
  });

  it("don't concern an answer that is still on its way", async () => {
    await using edge = await openEdge({ limits: { headersMs: 50, requestMs: 50, checkMs: 10 }, handler: () => {} });
    const session = await edge.http2();
    begin(session);
    await delay(200);
    expect([edge.refused, edge.listener.inUse.call]).toEqual([{}, 1]);
  });
});

it("an answer that is never read is cut off", async () => {
  await using edge = await openEdge({ limits: { answerMs: 100, checkMs: 20 }, handler: () => {} });
  const session = await edge.http2();
  await answerOf(begin(session));
  expect(edge.refused).toEqual({ answer_timeout: 1 });
});

describe("requests that are taken back", () => {
  it("cost the connection once there are too many, and none of their work is begun", async () => {
    await using edge = await openEdge({ limits: { resets: { perConnection: 50, perAddress: 10_000 } } });
    const socket = await edge.raw(OPENING);
    await once(socket, "data"); // so that what follows is read by the session itself, frame by frame
    socket.write(Buffer.concat(takenBack(200)));
    await once(socket.resume(), "close");
    expect([edge.handled(), edge.refused["resets"]]).toEqual([0, expect.any(Number)]);
  });

  it("of one address are counted over all its connections", async () => {
    await using edge = await openEdge({ limits: { resets: { perConnection: 1_000, perAddress: 50 } } });
    const states: boolean[] = [];
    for (let round = 0; round < 4; round++) {
      const socket = await edge.raw(Buffer.concat([OPENING, ...takenBack(20)]));
      await Promise.race([once(socket.resume(), "close"), delay(1_000)]);
      states.push(socket.destroyed);
    }
    expect(states).toEqual([false, false, true, true]);
  });

  it("cost an address its new connections, until the window has passed", async () => {
    let now = 0;
    await using edge = await openEdge({
      limits: { resets: { perConnection: 1_000, perAddress: 50 }, resetWindowMs: 10_000 },
      now: () => now,
    });
    const socket = await edge.raw(OPENING);
    await once(socket, "data");
    socket.write(Buffer.concat(takenBack(60)));
    await once(socket.resume(), "close");
    const refused = await edge.raw(OPENING);
    await eventually(() => refused.destroyed);
    now += 10_001;
    const letIn = await edge.raw(OPENING);
    await once(letIn, "data");
    expect(letIn.destroyed).toBe(false);
  });

  it("end a connection in the middle of what has arrived, a proxy's as well", async () => {
    const unbounded = { perConnection: 1_000_000, perAddress: 1_000_000 };
    await using edge = await openEdge({
      limits: { resets: unbounded, resetsEver: 1_000_000 },
      trustedProxies: ["127.0.0.1"],
    });
    const closed = async (count: number): Promise<boolean> => {
      const socket = await edge.raw(OPENING);
      await once(socket, "data");
      socket.write(Buffer.concat(takenBack(count)));
      return Promise.race([once(socket.resume(), "close").then(() => true), delay(500, false)]);
    };
    expect([await closed(250), await closed(900)]).toEqual([false, true]);
  });

  it("let a connection end in good order when there were many in its life, a proxy's as well", async () => {
    await using edge = await openEdge({ limits: { resetsEver: 30 }, trustedProxies: ["127.0.0.1"] });
    const socket = await edge.raw(OPENING);
    await once(socket, "data");
    socket.write(Buffer.concat(takenBack(29)));
    await delay(100);
    expect([socket.destroyed, edge.listener.inUse.connections]).toEqual([false, 1]);
    socket.write(Buffer.concat(takenBack(31).slice(29)));
    await once(socket.resume(), "close");
    expect(edge.refused).toEqual({});
  });

  it("are nothing to mind while they are as few as those of a page that is left", async () => {
    await using edge = await openEdge({ handler: () => {} });
    const session = await edge.http2();
    for (let page = 0; page < 10; page++) {
      const streams = Array.from({ length: 20 }, () => begin(session));
      await eventually(() => edge.listener.inUse.call === 20);
      for (const stream of streams) stream.close(8);
      await eventually(() => edge.listener.inUse.call === 0);
    }
    expect([session.destroyed, edge.refused]).toEqual([false, {}]);
  });
});
