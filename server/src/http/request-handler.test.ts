import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { createReadiness } from "../readiness.ts";
import { answerOf, begin, openEdge } from "../testing/edge.ts";
import type { NodeRequest, NodeResponse } from "../wire/node-http.ts";
import { createClientAddresses } from "./client-address.ts";
import { createHostCheck } from "./hosts.ts";
import { createPlainPort } from "./plain-port.ts";
import { createProbes } from "./probes.ts";
import { createRequestHandler } from "./request-handler.ts";
import { respondText } from "./respond.ts";

type Options = Parameters<typeof createRequestHandler>[0];

function handlerWith(options: Partial<Options>, failures: { count: number } = { count: 0 }) {
  return createRequestHandler({
    probes: createProbes({ readiness: createReadiness() }),
    hostVerdict: () => "known",
    calls: () => () => false,
    webApp: (_request, response) => respondText(response, 200, "app\n"),
    strictTransport: false,
    logger: pino({ level: "silent" }),
    onFailed: () => void failures.count++,
    ...options,
  });
}

describe("an exception while a request is routed", () => {
  const throwing = (_request: NodeRequest, response: NodeResponse): boolean => {
    if (_request.url === "/half") (response as ServerResponse).write("half");
    throw new Error("planted");
  };

  it("costs that request alone, and is counted", async () => {
    const failures = { count: 0 };
    await using edge = await openEdge({ handler: handlerWith({ calls: () => throwing }, failures) });
    const session = await edge.http2();
    expect(await answerOf(begin(session))).toEqual({ status: 500, body: "Internal error.\n" });
    const half = begin(session, { ":path": "/half" });
    await new Promise((resolve) => half.once("close", resolve));
    expect(half.rstCode).not.toBe(0);
    expect(await answerOf(begin(session, { ":path": "/healthz" }))).toMatchObject({ status: 200 });
    expect(failures.count).toBe(2);
  });

  it("is the caller's fault where no URL can be made of the request", async () => {
    const failures = { count: 0 };
    const calls = () => (): boolean => Boolean(new URL("http://[")); // what Connect does with an odd authority
    await using edge = await openEdge({ handler: handlerWith({ calls }, failures) });
    expect(await answerOf(begin(await edge.http2()))).toMatchObject({ status: 400 });
    expect(failures.count).toBe(0);
  });
});

describe("the name by which a request calls the server", () => {
  const ask = async (options: { publicHosts: string[]; listenHost: string }, host: string, path = "/") => {
    await using edge = await openEdge({ handler: handlerWith({ hostVerdict: createHostCheck(options) }) });
    const overHttp2 = await answerOf(begin(await edge.http2(), { ":authority": host, ":path": path }));
    const socket = await edge.raw(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    const [bytes] = (await once(socket, "data")) as [Buffer];
    expect(Number(/^HTTP\/1.1 (\d+)/.exec(bytes.toString())?.[1])).toBe(overHttp2?.status);
    return overHttp2?.status;
  };
  const onLoopback = { publicHosts: [], listenHost: "127.0.0.1" };

  it("is a loopback name where it listens on loopback, so that no page of a foreign name reaches it", async () => {
    for (const host of ["localhost", "localhost:5173", "127.0.0.1:7000", "127.1.2.3", "[::1]:7000", "LOCALHOST"])
      expect([host, await ask(onLoopback, host)]).toEqual([host, 200]);
    for (const host of ["evil.example", "localhost.evil.example:7000", "127.0.0.1.evil.example", "192.0.2.1"])
      expect([host, await ask(onLoopback, host)]).toEqual([host, 421]);
  });

  it("is one of those that are set, or a loopback name", async () => {
    const options = { publicHosts: ["Chat.example.org", "other.example:8443"], listenHost: "0.0.0.0" };
    for (const host of ["chat.example.org", "chat.example.org:7001", "other.example:8443", "localhost:7000"])
      expect([host, await ask(options, host)]).toEqual([host, 200]);
    for (const host of ["other.example", "evil.example", "10.0.0.1:7000"])
      expect([host, await ask(options, host)]).toEqual([host, 421]);
  });

  it("is any where it listens elsewhere and none is set, and any for probes", async () => {
    expect(await ask({ publicHosts: [], listenHost: "0.0.0.0" }, "evil.example")).toBe(200);
    expect(await ask(onLoopback, "10.0.0.1:7000", "/readyz")).toBe(200);
  });

  it("stands there once", async () => {
    const handler = handlerWith({ hostVerdict: createHostCheck({ publicHosts: [], listenHost: "0.0.0.0" }) });
    await using edge = await openEdge({ handler });
    const socket = await edge.raw("GET /readyz HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n");
    expect(String((await once(socket, "data"))[0])).toMatch(/^HTTP\/1.1 400 /);
  });
});

describe("the plain port beside one with TLS", () => {
  // The test's own connections come from loopback: what stands for another machine is told to be one.
  const elsewhere = { ...createClientAddresses([]), ofConnection: () => "192.0.2.1" };
  const tlsPort = () => 7001;

  it("serves this machine", async () => {
    const plainPort = createPlainPort({ tlsPort, addresses: createClientAddresses([]) });
    await using edge = await openEdge({ handler: handlerWith({ plainPort }) });
    expect(await answerOf(begin(await edge.http2()))).toMatchObject({ status: 200 });
  });

  it("sends pages of others to TLS and refuses their calls, in the protocol of each", async () => {
    const plainPort = createPlainPort({ tlsPort, addresses: elsewhere });
    await using edge = await openEdge({ handler: handlerWith({ plainPort }) });
    const page = await fetch(`http://127.0.0.1:${edge.port}/c/general?a=b`, { redirect: "manual" });
    expect([page.status, page.headers.get("location")]).toEqual([308, "https://127.0.0.1:7001/c/general?a=b"]);
    const call = (type: string) =>
      fetch(`http://127.0.0.1:${edge.port}/chat.v1.AuthService/Login`, {
        method: "POST",
        headers: { "content-type": type },
        body: "{}",
      });
    const json = await call("application/json");
    expect([json.status, await json.json()]).toMatchObject([403, { code: "failed_precondition" }]);
    const { headers } = await call("application/grpc-web+proto");
    expect([headers.get("grpc-status"), headers.get("grpc-message")]).toEqual([
      "9",
      "This server takes calls over TLS only. Use its https address.",
    ]);
    expect((await fetch(`http://127.0.0.1:${edge.port}/healthz`)).status).toBe(200);
  });
});

it("does not tell measurements", async () => {
  await using edge = await openEdge({ handler: handlerWith({}) });
  expect(await answerOf(begin(await edge.http2(), { ":path": "/metrics" }))).toMatchObject({ status: 404 });
});
