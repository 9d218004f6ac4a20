import {
  createServer as createHttpServer,
  type IncomingMessage,
  request as http1Request,
  type Server,
} from "node:http";
import { connect, createServer as createHttp2Server, type Http2Server } from "node:http2";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import type { DescMethod, DescMethodUnary } from "@bufbuild/protobuf";
import { AuthService } from "@chat/proto/chat/v1/auth_service";
import {
  ChatService,
  type SendMessageRequest,
  SendMessageRequestSchema,
  type SendMessageResponse,
  SendMessageResponseSchema,
  type SubscribeRequest,
  SubscribeRequestSchema,
  type SubscribeResponse,
  SubscribeResponseSchema,
} from "@chat/proto/chat/v1/chat_service";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChatError } from "../errors.ts";
import { controlFrame } from "../hub/frame.ts";
import { CALL_COSTS } from "../limits/call-cost.ts";
import { createCallLimits } from "../limits/call-limits.ts";
import { LIMIT_DEFAULTS, limitsOf } from "../limits/settings.ts";
import { toConnectError } from "../rpc/error-mapping.ts";
import { envelope } from "./envelope.ts";
import type { NodeRequest, NodeResponse } from "./node-http.ts";
import { createWireRouter } from "./router.ts";

const READ_MAX_BYTES = 4_096;

// What the two handlers do depends on the request: on `to` and on `cursor`.

async function sendMessage(
  { to, text, clientId }: SendMessageRequest,
  signal?: AbortSignal,
): Promise<SendMessageResponse> {
  if (to === "refused") {
    const fields = [{ field: "text", description: "must be — longer" }];
    throw new ChatError("invalid_argument", "Nö: 100 % wrong.", { details: { fields } });
  }
  if (to === "later") throw new ChatError("unavailable", "Later.", { details: { retryAfterMs: 1_500 } });
  if (to === "bug") throw new TypeError("a secret");
  if (to === "slow") await delay(60_000, undefined, { ref: false, ...(signal && { signal }) });
  return create(SendMessageResponseSchema, { message: { seq: 7n, text, clientId }, duplicate: to === "again" });
}

const ready = (seq: number): SubscribeResponse =>
  create(SubscribeResponseSchema, { cursor: `c${seq}`, payload: { case: "ready", value: { heartbeatMs: 5 } } });

async function* subscribe({ cursor }: SubscribeRequest): AsyncGenerator<SubscribeResponse> {
  if (cursor === "refused") throw new ChatError("unauthenticated", "Who are you?");
  yield ready(1);
  yield ready(2);
  if (cursor === "midway") throw new ChatError("unavailable", "Elsewhere.", { details: { retryAfterMs: 0 } });
}

/** Every other unary method, answered with what its output is when it is empty. */
const OTHER_METHODS: readonly DescMethodUnary[] = [AuthService, ChatService]
  .flatMap(({ methods }): readonly DescMethod[] => methods)
  .filter((method): method is DescMethodUnary => method.methodKind === "unary")
  .filter((method) => method !== ChatService.method.sendMessage);

const policy = { needsToken: false, cost: CALL_COSTS.light };

type Handler = (request: NodeRequest, response: NodeResponse) => void;

/** Connect's own pipeline, as all other calls go through it. */
function stock(): Handler {
  return connectNodeAdapter({
    routes: (router) => {
      const others = Object.fromEntries(
        OTHER_METHODS.map(({ localName, output }) => [localName, () => create(output)]),
      );
      router.service(AuthService, others);
      router.service(ChatService, {
        ...others,
        sendMessage: (request, { signal }) =>
          // Connect waits for its handler; the lean endpoints answer when the time is over.
          sendMessage(request, signal).catch((error: unknown) =>
            Promise.reject((signal.aborted ? signal.reason : error) as Error),
          ),
        subscribe,
      });
    },
    interceptors: [
      (next) => async (request) => {
        try {
          const response = await next(request);
          if (!response.stream) return response;
          const messages = response.message;
          return {
            ...response,
            message: (async function* () {
              try {
                yield* messages;
              } catch (error) {
                throw toConnectError(error);
              }
            })(),
          };
        } catch (error) {
          throw toConnectError(error);
        }
      },
    ],
    readMaxBytes: READ_MAX_BYTES,
  }) as Handler;
}

/** The lean endpoints, with Connect behind them to see what they leave alone: nothing. */
function lean(): Handler & { leftAlone: number } {
  const router = createWireRouter({
    readMaxBytes: READ_MAX_BYTES,
    toConnectError,
    requestIdOf: () => "r1",
    addressOf: () => "127.0.0.1",
    authenticator: { authenticate: () => ({ person: 4096, sessionId: "s", expiresAt: Infinity }) },
    limits: createCallLimits({ limits: limitsOf({ ...LIMIT_DEFAULTS, factor: 0 }), clock: () => 0, now: () => 0 }),
    report: () => {},
  });
  for (const method of OTHER_METHODS) router.unary(method, policy, () => create(method.output));
  router.unary(ChatService.method.sendMessage, policy, (request) => sendMessage(request));
  router.stream(ChatService.method.subscribe, policy, async (request, _context, stream) => {
    for await (const { cursor, payload } of subscribe(request))
      stream.write(controlFrame(0, cursor, payload)[_context.codec]);
    stream.end();
  });
  const behind = stock();
  const handle = Object.assign(
    (request: NodeRequest, response: NodeResponse) => {
      if (router.handle(request, response)) return;
      handle.leftAlone++;
      behind(request, response);
    },
    { leftAlone: 0 },
  );
  return handle;
}

/** What a client gets, without what differs from call to call or belongs to the transport. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

interface Request {
  readonly method?: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const TRANSPORT_HEADERS = [
  ...["date", "connection", "keep-alive", "transfer-encoding", "content-length", "x-request-id", ":status", "trailer"],
  // The lean endpoints compress no answer: they are small, or one of many that are the same.
  "grpc-encoding",
  // Written by the lean endpoints alone.
  ...["cache-control", "x-accel-buffering", "x-content-type-options", "retry-after", "allow"],
];

/** How much of a message that is too large was read when it was refused depends on who read it. */
const withoutSize = (body: string): string => body.replace(/message(%20| )size(%20\d+| \d+)?/, "message size");

/** Connect encodes more of a message than gRPC asks for; what is compared is what it says. */
const MESSAGE_IN_BODY = /\x80[^]{4}(?=(?:[^]*\r\n)?grpc-message: )|(?<=grpc-message: )[^\r]*/g;
const decoded = (body: string): string =>
  body.replace(MESSAGE_IN_BODY, (part) => (part.startsWith("\x80") ? "\x80" : decodeURIComponent(part)));

/** Headers and trailers together: a gRPC error without a message may be told in either. */
function relevant(...parts: object[]): Record<string, unknown> {
  const entries = parts.flatMap((part) => Object.entries(part) as [string, unknown][]);
  return Object.fromEntries(
    entries
      .filter(([name]) => !TRANSPORT_HEADERS.includes(name) && !name.endsWith("accept-encoding"))
      .map(([name, value]): [string, unknown] =>
        name === "grpc-message" ? [name, withoutSize(decodeURIComponent(String(value)))] : [name, value],
      )
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

async function overHttp1(port: number, { method = "POST", path, headers, body }: Request): Promise<Answer> {
  const request = http1Request({ port, host: "127.0.0.1", method, path, headers });
  request.end(body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode ?? 0,
    headers: relevant(response.headers, response.trailers),
    body: withoutSize(decoded(Buffer.concat(chunks).toString("latin1"))),
  };
}

async function overHttp2(port: number, { method = "POST", path, headers, body }: Request): Promise<Answer> {
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    const stream = session.request({ ":method": method, ":path": path, te: "trailers", ...headers });
    if (method !== "GET") stream.end(body);
    const parts: object[] = [];
    stream.on("response", (given) => parts.push(given)).on("trailers", (given) => parts.push(given));
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const [head] = parts as [{ ":status": number }];
    return {
      status: head[":status"],
      headers: relevant(...parts),
      body: withoutSize(decoded(Buffer.concat(chunks).toString("latin1"))),
    };
  } finally {
    session.destroy();
  }
}

const SEND = `/${ChatService.typeName}/SendMessage`;
const SUBSCRIBE = `/${ChatService.typeName}/Subscribe`;

type Encode = { binary: Uint8Array; json: Uint8Array };
const send = (to: string, text = "hello"): Encode => {
  const message = create(SendMessageRequestSchema, { to, text, clientId: "c" });
  return {
    binary: toBinary(SendMessageRequestSchema, message),
    json: Buffer.from(toJsonString(SendMessageRequestSchema, message)),
  };
};
const listen = (cursor: string): Encode => {
  const message = create(SubscribeRequestSchema, { cursor });
  return {
    binary: toBinary(SubscribeRequestSchema, message),
    json: Buffer.from(toJsonString(SubscribeRequestSchema, message)),
  };
};

/** Every way to make one call: three protocols, two codecs. */
function ways(path: string, message: Encode, headers: Record<string, string> = {}): [string, Request][] {
  const isStream = path === SUBSCRIBE;
  return (["binary", "json"] as const).flatMap((codec) => {
    const format = codec === "binary" ? "proto" : "json";
    return (["grpc", "grpc-web", "connect"] as const).map((protocol): [string, Request] => {
      const enveloped = protocol !== "connect" || isStream;
      const type = protocol !== "connect" ? `${protocol}+${format}` : isStream ? `connect+${format}` : format;
      return [
        `${protocol} ${codec}`,
        {
          path,
          headers: { "content-type": `application/${type}`, ...headers },
          body: enveloped ? envelope(message[codec]) : message[codec],
        },
      ];
    });
  });
}

const grpcWeb = (body: Uint8Array, headers: Record<string, string> = {}, path = SEND): Request => ({
  path,
  headers: { "content-type": "application/grpc-web+proto", ...headers },
  body,
});
const connectJson = (body: string, headers: Record<string, string> = {}, path = SEND): Request => ({
  path,
  headers: { "content-type": "application/json", ...headers },
  body: Buffer.from(body),
});

const GOOD = send("bob").binary;
const CASES: [string, Request][] = [
  ...["bob", "again", "refused", "later", "bug"].flatMap((to) =>
    ways(SEND, send(to)).map(([way, request]): [string, Request] => [`${way}, send to ${to}`, request]),
  ),
  ...["two", "refused", "midway"].flatMap((cursor) =>
    ways(SUBSCRIBE, listen(cursor)).map(([way, request]): [string, Request] => [`${way}, stream ${cursor}`, request]),
  ),
  ...ways(SEND, send("slow"), { "grpc-timeout": "50m", "connect-timeout-ms": "50" }).map(
    ([way, request]): [string, Request] => [`${way}, a call whose time is over`, request],
  ),
  ...OTHER_METHODS.flatMap((method) =>
    ways(`/${method.parent.typeName}/${method.name}`, { binary: new Uint8Array(0), json: Buffer.from("{}") }).map(
      ([way, request]): [string, Request] => [`${way}, ${method.name}`, request],
    ),
  ),
  [
    "gRPC-web as text",
    { ...grpcWeb(Buffer.from("AAAAAAA=")), headers: { "content-type": "application/grpc-web-text" } },
  ],
  ["Connect by GET", { ...connectJson(""), method: "GET" }],
  ["no message", grpcWeb(Buffer.alloc(0))],
  ["half a prefix", grpcWeb(Buffer.from([0, 0, 0]))],
  ["half a message", grpcWeb(envelope(GOOD).subarray(0, 12))],
  ["two messages", grpcWeb(Buffer.concat([envelope(GOOD), envelope(GOOD)]))],
  [
    "two messages to a stream",
    grpcWeb(Buffer.concat([envelope(listen("two").binary), envelope(listen("two").binary)]), {}, SUBSCRIBE),
  ],
  ["a message that is too large", grpcWeb(envelope(send("bob", "x".repeat(READ_MAX_BYTES + 1)).binary))],
  ["a body that is too large", connectJson(`{"to":"bob","text":"${"x".repeat(READ_MAX_BYTES)}"}`)],
  ["a compressed message", grpcWeb(envelope(gzipSync(GOOD), 1), { "grpc-encoding": "gzip" })],
  [
    "a compressed body",
    {
      ...connectJson(""),
      headers: { "content-type": "application/proto", "content-encoding": "gzip" },
      body: gzipSync(GOOD),
    },
  ],
  ["a bomb", grpcWeb(envelope(gzipSync(send("bob", "x".repeat(100_000)).binary), 1), { "grpc-encoding": "gzip" })],
  ["a compression nobody knows", grpcWeb(envelope(GOOD), { "grpc-encoding": "rot13" })],
  ["a timeout that is none", grpcWeb(envelope(GOOD), { "grpc-timeout": "soon" })],
  ["a Connect timeout that is none", connectJson("{}", { "connect-timeout-ms": "soon" })],
  ["another version of Connect", connectJson("{}", { "connect-protocol-version": "2" })],
  ["a content type nobody knows", { ...connectJson("{}"), headers: { "content-type": "text/plain" } }],
  ["another method", { ...connectJson("{}"), method: "PUT" }],
  [
    "a unary call as a stream",
    { ...grpcWeb(envelope(GOOD)), headers: { "content-type": "application/connect+proto" } },
  ],
];

describe("the lean endpoints answer as Connect's own pipeline does", () => {
  const lanes: { http1: Server; http2: Http2Server; ports: [number, number] }[] = [];
  const leanHandler = lean();
  beforeAll(async () => {
    for (const handler of [stock(), leanHandler]) {
      const http1 = createHttpServer(handler).listen(0, "127.0.0.1");
      const http2 = createHttp2Server(handler).listen(0, "127.0.0.1");
      await Promise.all([once(http1, "listening"), once(http2, "listening")]);
      lanes.push({
        http1,
        http2,
        ports: [http1, http2].map((server) => (server.address() as AddressInfo).port) as [number, number],
      });
    }
  });
  afterAll(() => {
    for (const { http1, http2 } of lanes) {
      http1.closeAllConnections();
      http1.close();
      http2.close();
    }
  });
  const [expected, actual] = [0, 1].map(
    (lane) => (request: Request, version: 0 | 1) =>
      (version === 0 ? overHttp1 : overHttp2)(lanes[lane]?.ports[version] ?? 0, request),
  ) as [(request: Request, version: 0 | 1) => Promise<Answer>, (request: Request, version: 0 | 1) => Promise<Answer>];

  it.each(CASES)("over HTTP/1.1: %s", async (_name, request) => {
    expect(await actual(request, 0)).toEqual(await expected(request, 0));
  });

  it.each(CASES)("over HTTP/2: %s", async (_name, request) => {
    expect(await actual(request, 1)).toEqual(await expected(request, 1));
  });

  it("leave nothing to it", async () => {
    for (const [, request] of CASES) await actual(request, 1);
    expect(leanHandler.leftAlone).toBe(0);
  });
});
