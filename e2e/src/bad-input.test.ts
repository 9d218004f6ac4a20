import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callJson, fieldsOf, message, signIn, tokenOf } from "./call.ts";
import { type ServerProcess, startServer } from "./harness.ts";

describe("bad input", () => {
  let server: ServerProcess;
  let mehdi: string;
  let other: string;
  let ids: readonly [string, string];
  beforeAll(async () => {
    server = await startServer();
    mehdi = await tokenOf(server.url, "mehdi");
    other = await tokenOf(server.url, "mehdi2");
    ids = [(await signIn(server.url, "mehdi")).id, (await signIn(server.url, "mehdi1")).id];
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const send = (request: unknown, token: string | undefined = mehdi) =>
    callJson(server.url, "ChatService/SendMessage", request, token);

  it.each([
    ["empty", ""],
    ["blank", " \n\t\u00a0\u200b"],
    ["longer than 10,000 code points", "😀".repeat(10_001)],
    ["with a NUL", "a\u0000b"],
  ])("names the field of a text that is %s", async (_what, text) => {
    const answer = await send(message("@mehdi1", text));
    expect(answer.body["code"]).toBe("invalid_argument");
    expect(fieldsOf(answer)).toContain("text");
    expect(answer.requestId).toBeTruthy();
  });

  it("takes 10,000 code points, counted as people count and not as UTF-16 does", async () => {
    expect((await send(message("@mehdi1", "😀".repeat(10_000)))).status).toBe(200);
  });

  it("knows nobody by an unknown handle", async () => {
    expect((await send(message("@nobody-here", "hi"))).body["code"]).toBe("not_found");
  });

  it.each(["mehdi1", "@", "@Mehdi", "#", "@a@b", "#two words", "-1", "4096-", "1e3", "99999999999999999999"])(
    "refuses the address %j",
    async (to) => {
      const answer = await send(message(to, "hi"));
      expect(answer.body["code"]).toBe("invalid_argument");
      expect(fieldsOf(answer)).toContain("to");
    },
  );

  it.each([
    ["no token", ""],
    ["a token that is none", "abc"],
    ["a forged token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZWhkaSJ9.c2ln"],
    ["a token without a signature", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZWhkaSIsImV4cCI6OTk5OTk5OTk5OX0."],
  ])("takes no message with %s", async (_what, token) => {
    const answer = await send(message("@mehdi1", "hi"), token);
    expect([answer.status, answer.body["code"]]).toEqual([401, "unauthenticated"]);
  });

  it("does not tell whether others' conversations exist", async () => {
    await send(message("@mehdi1", "a secret"));
    const list = (conversation: string) => callJson(server.url, "ChatService/ListMessages", { conversation }, other);
    const exists = await list(ids.join("-"));
    const doesNot = await list(`${ids[0]}-${Number(ids[1]) + 4_096_000}`);
    expect(exists.body).toEqual(doesNot.body);
    expect(exists.body["code"]).toBe("permission_denied");
  });

  it("shows others' messages to nobody, by number either", async () => {
    const sent = (await send(message("@mehdi1", "another secret"))).body as { message: { seq: string } };
    const answer = await callJson(server.url, "ChatService/GetMessage", { seq: sent.message.seq }, other);
    expect(answer.body["code"]).toBe("not_found");
    expect(JSON.stringify(answer.body)).not.toContain("secret");
  });

  it("answers a repeat with the first result, and refuses another text under the same client_id", async () => {
    const clientId = randomUUID();
    const first = await send(message("@mehdi1", "once", clientId));
    const again = await send(message("@mehdi1", "once", clientId));
    expect(again.body).toEqual({ ...first.body, duplicate: true });
    const changed = await send(message("@mehdi1", "twice", clientId));
    expect(changed.body["code"]).toBe("already_exists");
    expect(fieldsOf(changed)).toEqual(["client_id"]);
  });

  it("refuses limits above the maximum", async () => {
    for (const method of ["ListMessages", "ListConversations", "ListUsers", "ListRooms"]) {
      const answer = await callJson(server.url, `ChatService/${method}`, { pageSize: 501 }, mehdi);
      expect([method, answer.body["code"], fieldsOf(answer)]).toEqual([method, "invalid_argument", ["page_size"]]);
    }
  });

  it("refuses a body larger than any message", async () => {
    const answer = await send(message("@mehdi1", "x".repeat(600_000)));
    expect(answer.body["code"]).toBe("resource_exhausted");
  });

  it("keeps texts, tokens and passwords out of its log", async () => {
    await send(message("@mehdi1", "unlikely-text-4711"));
    await callJson(server.url, "AuthService/Login", { login: "mehdi", password: "unlikely-password-4711" });
    expect(server.output()).toContain("/chat.v1.AuthService/Login");
    expect(server.output()).not.toMatch(/unlikely-(text|password)-4711/);
    expect(server.output()).not.toContain(mehdi);
  });
});
