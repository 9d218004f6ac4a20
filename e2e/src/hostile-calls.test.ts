import { once } from "node:events";
import { connect } from "node:http2";
import { setTimeout as delay } from "node:timers/promises";
import type { Metadata } from "@grpc/grpc-js";
import { Client, credentials, status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callJson, message, signIn, tokenOf } from "./call.ts";
import { type ServerProcess, startServer } from "./harness.ts";

const HALF = "\\ud800";

describe("calls that mean no good", () => {
  let server: ServerProcess;
  let token: string;
  let id: string;
  beforeAll(async () => {
    server = await startServer({ env: { RATE_LIMITS: "on", STREAMS_PER_ACCOUNT: "3" } });
    ({ token, id } = await signIn(server.url, "mehdi"));
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const post = (method: string, type: string, body: Uint8Array | string, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/chat.v1.${method}`, {
      method: "POST",
      headers: { "content-type": `application/${type}`, authorization: `Bearer ${token}`, ...headers },
      body: body as BodyInit,
    });
  const enveloped = (json: string): Uint8Array => {
    const bytes = Buffer.from(json);
    return Buffer.concat([Buffer.from([0, 0, 0, bytes.length >> 8, bytes.length & 255]), bytes]);
  };

  it("never end the process: half a surrogate pair in any field of any protocol", async () => {
    const json = `{"replyTo":"${HALF}"}`;
    const address = JSON.stringify(message(`a${"😀".repeat(45)}`, "x"));
    for (const method of [
      "ChatService/SendMessage",
      "ChatService/Subscribe",
      "ChatService/ListMessages",
      "AuthService/Login",
    ]) {
      for (const body of [json, `{"${HALF}":"${HALF}"}`, address]) {
        for (const type of ["grpc+json", "grpc-web+json"]) await (await post(method, type, enveloped(body))).text();
        await (await post(method, method.endsWith("Subscribe") ? "connect+json" : "json", body)).text();
      }
    }
    expect((await callJson(server.url, "AuthService/GetMe", {}, token)).status).toBe(200);
  });

  it("get no work done without a token: a body that never comes is not waited for", async () => {
    const session = connect(server.url);
    const stream = session.request({
      ":method": "POST",
      ":path": "/chat.v1.ChatService/SendMessage",
      "content-type": "application/grpc",
    });
    const [trailers] = (await once(stream.resume(), "trailers")) as [Record<string, string>];
    expect(trailers["grpc-status"]).toBe(String(status.UNAUTHENTICATED));
    session.destroy();
  });

  it("are told by grpc-js in plain words, and that a method is unknown", async () => {
    using client = new DisposableStack();
    const grpc = client.adopt(new Client(`127.0.0.1:${server.port}`, credentials.createInsecure()), (each) =>
      each.close(),
    );
    const call = (path: string) =>
      new Promise<{ code: number; details: string; metadata: Metadata }>((resolve) =>
        grpc.makeUnaryRequest(path, (bytes: Buffer) => bytes, (bytes) => bytes, Buffer.alloc(0), (error) => resolve(error as never)),
      ); // prettier-ignore
    expect(await call("/chat.v1.ChatService/GetMessage")).toMatchObject({
      code: status.UNAUTHENTICATED,
      details: "Sign in first: there is no access token.",
    });
    const unknown = await call("/chat.v1.ChatService/ForgetMessage");
    expect(unknown.code).toBe(status.UNIMPLEMENTED);
    expect(unknown.metadata.get("x-request-id")).toHaveLength(1);
  });

  it("overflow no timer, in health checks neither", async () => {
    await (await post("ChatService/ListMessages", "json", "{}", { "connect-timeout-ms": "9999999999" })).text();
    const health = await fetch(`${server.url}/grpc.health.v1.Health/Check`, {
      method: "POST",
      headers: { "content-type": "application/json", "connect-timeout-ms": "9999999999" },
      body: "{}",
    });
    await health.text();
    expect(server.output()).not.toContain("TimeoutOverflowWarning");
  });

  it("get pages of a bounded size, however long the messages are", async () => {
    for (let count = 0; count < 12; count++)
      await callJson(server.url, "ChatService/SendMessage", message("@mehdi1", "😀".repeat(10_000)), token);
    const answer = await callJson(
      server.url,
      "ChatService/ListMessages",
      { conversation: "@mehdi1", pageSize: 500 },
      token,
    );
    const { messages, hasMore } = answer.body as { messages: unknown[]; hasMore: boolean };
    expect([messages.length, hasMore]).toEqual([6, true]);
  });

  it("are bounded by account, told when to come back, and leave others alone", async () => {
    const search = () => callJson(server.url, "ChatService/ListUsers", { query: "zz" }, token);
    const answers = await Promise.all(Array.from({ length: 300 }, search));
    const refused = answers.filter(({ status: http }) => http === 429);
    expect(refused.length).toBeGreaterThan(100);
    expect(JSON.stringify(refused[0]?.body)).toContain("RetryInfo");
    const other = await tokenOf(server.url, "mehdi1");
    expect((await callJson(server.url, "ChatService/ListUsers", {}, other)).status).toBe(200);
    // And the log says who it was, a few times.
    const lines = server
      .output()
      .split("\n")
      .filter((line) => line.includes('"code":"ResourceExhausted"'));
    expect(lines[0]).toContain(`"address":"127.0.0.1","account":"${id}"`);
    expect(lines.length).toBeLessThan(60);
  });

  it("hold no more streams than an account may, in all its sessions", async () => {
    const open: AbortController[] = [];
    const subscribe = async (): Promise<string> => {
      const session = await tokenOf(server.url, "mehdi2");
      const controller = new AbortController();
      open.push(controller);
      const response = await fetch(`${server.url}/chat.v1.ChatService/Subscribe`, {
        method: "POST",
        headers: { "content-type": "application/connect+json", authorization: `Bearer ${session}` },
        body: enveloped("{}") as BodyInit,
        signal: controller.signal,
      });
      const { value } = (await response.body?.getReader().read()) ?? {};
      return Buffer.from(value ?? []).toString();
    };
    for (let count = 0; count < 3; count++) expect(await subscribe()).toContain("ready");
    expect(await subscribe()).toContain("resource_exhausted");
    open[0]?.abort();
    await delay(200);
    expect(await subscribe()).toContain("ready");
    for (const controller of open) controller.abort();
  });
});
