import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { create } from "@bufbuild/protobuf";
import { ChatService, CreateRoomResponseSchema } from "@chat/proto/chat/v1/chat_service";
import { expect, it } from "vitest";
import { ChatError } from "../errors.ts";
import { CALL_COSTS } from "../limits/call-cost.ts";
import { createCallLimits } from "../limits/call-limits.ts";
import { LIMIT_DEFAULTS, limitsOf } from "../limits/settings.ts";
import { toConnectError } from "../rpc/error-mapping.ts";
import { createWireRouter } from "./router.ts";

it("gives a quota back for what failed, and not for what goes on after the caller's deadline", async () => {
  const handled = Promise.withResolvers<void>();
  let handler: () => Promise<void> = () => Promise.reject(new ChatError("already_exists", "It is taken."));
  const router = createWireRouter({
    readMaxBytes: 4_096,
    toConnectError,
    requestIdOf: () => "r1",
    addressOf: () => "203.0.113.7",
    authenticator: { authenticate: () => ({ person: 4_096, sessionId: "s", expiresAt: Infinity }) },
    limits: createCallLimits({ limits: limitsOf({ ...LIMIT_DEFAULTS, roomsPerDay: 1 }), clock: () => 0, now: () => 0 }),
    report: () => {},
  });
  router.unary(ChatService.method.createRoom, { needsToken: true, cost: CALL_COSTS.room }, () =>
    handler().then(() => create(CreateRoomResponseSchema)),
  );
  const server = createServer((request, response) => void router.handle(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const makeRoom = async (headers: Record<string, string> = {}): Promise<string> => {
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/chat.v1.ChatService/CreateRoom`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer ada", ...headers },
      body: "{}",
    });
    return ((await response.json()) as { code?: string }).code ?? "ok";
  };
  try {
    expect(await makeRoom()).toBe("already_exists");
    handler = () => handled.promise;
    expect(await makeRoom({ "connect-timeout-ms": "20" })).toBe("deadline_exceeded");
    handled.resolve();
    expect(await makeRoom()).toBe("resource_exhausted");
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
