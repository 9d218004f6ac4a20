import { once } from "node:events";
import { createServer, type IncomingMessage, request as httpRequest, type Server } from "node:http";
import { connect, createServer as createHttp2Server, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import { AuthService, LogoutResponseSchema } from "@chat/proto/chat/v1/auth_service";
import {
  ChatService,
  ListMessagesRequestSchema,
  ListMessagesResponseSchema,
  SendMessageRequestSchema,
  SubscribeRequestSchema,
} from "@chat/proto/chat/v1/chat_service";
import { BadRequestSchema } from "@chat/proto/google/rpc/error_details";
import { Code, ConnectError } from "@connectrpc/connect";
import { codeFromString } from "@connectrpc/connect/protocol-connect";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ChatError } from "../errors.ts";
import { CALL_COSTS } from "../limits/call-cost.ts";
import { createCallLimits } from "../limits/call-limits.ts";
import { LIMIT_DEFAULTS, limitsOf } from "../limits/settings.ts";
import { toConnectError } from "../rpc/error-mapping.ts";
import { envelope } from "./envelope.ts";
import type { WireReport } from "./exchange.ts";
import { createWireRouter } from "./router.ts";

const HALF = "\ud800";
const SEND = "/chat.v1.ChatService/SendMessage";
const LOGOUT = "/chat.v1.AuthService/Logout";
const LIST = "/chat.v1.ChatService/ListMessages";
const SUBSCRIBE = "/chat.v1.ChatService/Subscribe";
const PROTOCOLS = ["grpc", "grpc-web", "connect"] as const;
const CODECS = ["proto", "json"] as const;
const WAYS = PROTOCOLS.flatMap((protocol) => CODECS.map((codec) => ({ protocol, codec })));
type Way = (typeof WAYS)[number];

/** An error that no protocol can write. */
function unwritable(): ConnectError {
  const value = {
    get fieldViolations(): [] {
      throw new Error("a detail that can't be read");
    },
  };
  return new ConnectError("x", Code.NotFound, undefined, [{ desc: BadRequestSchema, value }]);
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly code: Code | "ok";
  readonly body: string;
}

function codeOf(protocol: Way["protocol"], status: number, trailers: object, body: Buffer): Code | "ok" {
  if (protocol !== "connect") {
    const told = (trailers as Record<string, string>)["grpc-status"] ?? /grpc-status: (\d+)/.exec(body.toString())?.[1];
    return told === "0" ? "ok" : (Number(told) as Code);
  }
  const told = /"code":"(\w+)"/.exec(body.toString())?.[1];
  return told === undefined ? (status === 200 ? "ok" : Code.Unknown) : (codeFromString(told) ?? Code.Unknown);
}

describe("the router", () => {
  const reports: WireReport[] = [];
  const messages: Record<string, () => unknown> = {
    half: () =>
      new ChatError("invalid_argument", `a${HALF}b`, { details: { fields: [{ field: HALF, description: HALF }] } }),
    halfOfConnect: () => new ConnectError(HALF, Code.NotFound),
    unwritable,
    later: () => new ChatError("unavailable", "Later; 100 % sure — really.", { details: { retryAfterMs: 1_500 } }),
  };
  const router = createWireRouter({
    readMaxBytes: 4_096,
    toConnectError,
    requestIdOf: () => "r1",
    addressOf: () => "203.0.113.7",
    authenticator: {
      authenticate(authorization, session) {
        const isOver = authorization === "Bearer signed-out";
        if (authorization !== "Bearer ada" && !(isOver && session?.mayBeOver))
          throw new ChatError("unauthenticated", "Sign in.");
        return { person: 4096, sessionId: "s", expiresAt: Infinity };
      },
    },
    limits: createCallLimits({ limits: limitsOf(LIMIT_DEFAULTS), clock: () => 0, now: () => 0 }),
    report: (report) => void reports.push(report),
  });
  const policy = { needsToken: true, cost: CALL_COSTS.light };
  router.unary(ChatService.method.sendMessage, policy, ({ to }) => Promise.reject(messages[to]?.() as Error));
  router.unary(ChatService.method.listMessages, policy, () => create(ListMessagesResponseSchema));
  router.unary(AuthService.method.logout, { ...policy, sessionMayBeOver: true }, () => create(LogoutResponseSchema));
  router.stream(ChatService.method.subscribe, policy, ({ cursor }) => {
    throw messages[cursor]?.() as Error;
  });

  let server: Server;
  let http2: Http2Server;
  let port = 0;
  beforeAll(async () => {
    const handler = (...args: Parameters<typeof router.handle>) => {
      if (!router.handle(...args) && !router.refuseUnknown(...args)) (args[1] as { end(): void }).end();
    };
    server = createServer(handler).listen(0, "127.0.0.1");
    http2 = createHttp2Server(handler).listen(0, "127.0.0.1");
    await Promise.all([once(server, "listening"), once(http2, "listening")]);
    port = (server.address() as AddressInfo).port;
  });
  beforeEach(() => void (reports.length = 0));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    http2.close();
  });

  async function call(
    { protocol, codec }: Way,
    path: string,
    message: Uint8Array,
    headers: Record<string, string> = {},
    flags = 0,
  ): Promise<Answer> {
    const isEnveloped = protocol !== "connect" || path === SUBSCRIBE;
    const type = protocol !== "connect" ? `${protocol}+${codec}` : isEnveloped ? `connect+${codec}` : codec;
    const request = httpRequest({
      port,
      host: "127.0.0.1",
      method: "POST",
      path,
      headers: { "content-type": `application/${type}`, authorization: "Bearer ada", ...headers },
    });
    request.end(isEnveloped ? envelope(message, flags) : message);
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { statusCode: status = 0, trailers } = response;
    return {
      status,
      headers: { ...response.headers, ...trailers },
      code: codeOf(protocol, status, trailers, body),
      body: body.toString("latin1"),
    };
  }
  const send = ({ codec }: Way, to: string): Uint8Array => {
    const message = create(SendMessageRequestSchema, { to });
    return codec === "proto"
      ? toBinary(SendMessageRequestSchema, message)
      : Buffer.from(toJsonString(SendMessageRequestSchema, message));
  };
  const subscribe = ({ codec }: Way, cursor: string): Uint8Array => {
    const message = create(SubscribeRequestSchema, { cursor });
    return codec === "proto"
      ? toBinary(SubscribeRequestSchema, message)
      : Buffer.from(toJsonString(SubscribeRequestSchema, message));
  };

  describe.each(WAYS)("over $protocol with $codec", (way) => {
    it.each(["half", "halfOfConnect"])("answers with words that hold half a surrogate pair (%s)", async (which) => {
      const code = which === "half" ? Code.InvalidArgument : Code.NotFound;
      expect((await call(way, SEND, send(way, which))).code).toBe(code);
      expect((await call(way, SUBSCRIBE, subscribe(way, which))).code).toBe(code);
    });

    it("lets those who are signed out sign out once more, and do nothing else", async () => {
      const [empty, headers] = [Buffer.from(way.codec === "proto" ? "" : "{}"), { authorization: "Bearer signed-out" }];
      expect((await call(way, LOGOUT, empty, headers)).code).toBe("ok");
      expect((await call(way, LIST, empty, headers)).code).toBe(Code.Unauthenticated);
      expect((await call(way, LOGOUT, empty, { authorization: "Bearer eve" })).code).toBe(Code.Unauthenticated);
    });

    it("drops the one answer that can't be written, and reports it", async () => {
      await expect(call(way, SEND, send(way, "unwritable"))).rejects.toMatchObject({ code: "ECONNRESET" });
      await expect(call(way, SUBSCRIBE, subscribe(way, "unwritable"))).rejects.toMatchObject({ code: "ECONNRESET" });
      expect(reports.map(({ path, error }) => [path, error?.code])).toEqual([
        [SEND, Code.Internal],
        [SUBSCRIBE, Code.NotFound],
      ]);
      expect((await call(way, LIST, Buffer.from(way.codec === "proto" ? "" : "{}"))).code).toBe("ok");
    });

    it.each(["/chat.v1.ChatService/EditMessage", "/chat.v1.NoService/Do", "/other.v1.Service/Do"])(
      "says that it does not know %s",
      async (path) => {
        const answer = await call(way, path, new Uint8Array(0));
        expect([answer.code, answer.headers["x-request-id"]]).toEqual([Code.Unimplemented, "r1"]);
        expect(answer.status).toBe(way.protocol === "connect" ? 501 : 200);
        expect(reports).toMatchObject([{ path: "unknown", asked: path, address: "203.0.113.7" }]);
      },
    );

    it("refuses what is no message with INVALID_ARGUMENT and not a word of it, counted once", async () => {
      const bad =
        way.codec === "proto"
          ? [Buffer.from([255, 255, 255]), Buffer.from([0x0a, 2, 0xc3, 0x28]), Buffer.from("\x0a\x7fsecret")]
          : [
              "{",
              '{"to":"secret"',
              '{"to":"\xff"}',
              '{"text":7001}',
              '{"secret":1}',
              '"secret"',
              '{"to":"a","to":"b"}',
              "",
            ].map((text) => Buffer.from(text, "latin1"));
      for (const bytes of bad) {
        const answer = await call(way, SEND, bytes);
        expect([answer.code, bytes.toString()]).toEqual([Code.InvalidArgument, bytes.toString()]);
        expect(answer.body).not.toMatch(/7001|JSON at|position/);
      }
      expect(reports.map(({ error }) => error?.code)).toEqual(bad.map(() => Code.InvalidArgument));
      expect(reports.every(({ error }) => !String(error?.cause).includes('secret"'))).toBe(true);
      if (way.protocol === "connect") return;
      const flagged = await call(way, SEND, gzipSync("x"), {}, 1);
      const broken = await call(way, SEND, Buffer.from("no gzip"), { "grpc-encoding": "gzip" }, 1);
      expect([flagged.code, broken.code]).toEqual([Code.InvalidArgument, Code.InvalidArgument]);
    });

    it("takes a timeout of any size without a timer that fires at once", async () => {
      const warnings: Error[] = [];
      const listener = (warning: Error): void => void warnings.push(warning);
      process.on("warning", listener);
      const headers = { "grpc-timeout": "99999999H", "connect-timeout-ms": "9999999999" };
      const empty = way.codec === "proto" ? new Uint8Array(0) : Buffer.from("{}");
      expect((await call(way, LIST, empty, headers)).code).toBe("ok");
      expect((await call(way, SUBSCRIBE, subscribe(way, "half"), headers)).code).toBe(Code.InvalidArgument);
      await new Promise((resolve) => setTimeout(resolve, 5));
      process.removeListener("warning", listener);
      expect(warnings).toEqual([]);
    });

    it("puts the request id and what keeps answers out of caches into the headers, whatever it answers", async () => {
      for (const [path, message] of [
        [SEND, send(way, "later")],
        [LIST, way.codec === "proto" ? new Uint8Array(0) : Buffer.from("{}")],
        [SUBSCRIBE, subscribe(way, "later")],
      ] as const) {
        expect((await call(way, path, message)).headers).toMatchObject({
          "x-request-id": "r1",
          "cache-control": "no-store",
          "x-content-type-options": "nosniff",
        });
      }
    });
  });

  it("encodes of a grpc-message only what gRPC asks for", async () => {
    const { headers } = await call(
      { protocol: "grpc", codec: "proto" },
      SEND,
      send({ protocol: "grpc", codec: "proto" }, "later"),
    );
    expect(headers["grpc-message"]).toBe("Later; 100 %25 sure %E2%80%94 really.");
    expect(decodeURI(String(headers["grpc-message"]))).toContain("Later; 100 ");
  });

  it("tells Connect clients when to come back in the header of HTTP too", async () => {
    const way = { protocol: "connect", codec: "json" } as const;
    expect((await call(way, SEND, send(way, "later"))).headers["retry-after"]).toBe("2");
  });

  it("refuses a JSON word, number or name that it would have to guess, by the field's name", async () => {
    const way = { protocol: "connect", codec: "json" } as const;
    for (const [json, field] of [
      ['{"direction":"SENT"}', "direction"],
      ['{"before":"0x10"}', "before"],
      ['{"pageSize":"1e2"}', "page_size"],
      ['{"convresation":"@bob"}', "convresation"],
      ['{"since":"yesterday"}', "since"],
      ['{"conversation":5}', "conversation"],
    ] as const) {
      const { code, body } = await call(way, LIST, Buffer.from(json));
      expect([json, code, body.includes(`"field":"${field}"`)]).toEqual([json, Code.InvalidArgument, true]);
    }
    const good = toJsonString(
      ListMessagesRequestSchema,
      create(ListMessagesRequestSchema, { before: 16n, pageSize: 3, direction: 1 }),
    );
    expect((await call(way, LIST, Buffer.from(good))).code).toBe("ok");
  });

  it("looks at the token before the body, and cuts off a body that never comes only after it has answered", async () => {
    const request = httpRequest({ port, host: "127.0.0.1", method: "POST", path: SEND });
    request.setHeader("content-type", "application/json");
    request.setHeader("content-length", "1000");
    request.flushHeaders();
    const [response] = (await once(request, "response")) as [IncomingMessage];
    expect(response.statusCode).toBe(401);
    request.on("error", () => {}); // destroyed on purpose
    request.destroy();

    const session = connect(`http://127.0.0.1:${(http2.address() as AddressInfo).port}`);
    const stream = session.request({ ":method": "POST", ":path": SUBSCRIBE, "content-type": "application/grpc" });
    const [trailers] = (await once(stream.resume(), "trailers")) as [Record<string, string>];
    expect(trailers["grpc-status"]).toBe(String(Code.Unauthenticated));
    session.destroy();
  });
});
