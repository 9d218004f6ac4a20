import { Code, ConnectError } from "@connectrpc/connect";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { ChatError } from "../errors.ts";
import { NO_SUCH_FIELD } from "../wire/json-faults.ts";
import { type CallReport, createCallLog } from "./call-log.ts";
import { toConnectError } from "./error-mapping.ts";

function setUp() {
  const lines: Record<string, unknown>[] = [];
  let now = 0;
  const logger = pino(
    { level: "info" },
    { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const log = createCallLog({ logger, clock: () => now });
  const refused = (error: unknown, more: Partial<CallReport> = {}) =>
    log({
      path: "/chat.v1.ChatService/SendMessage",
      protocol: "grpc",
      requestId: "r",
      address: "203.0.113.7",
      account: "4096",
      error: toConnectError(error),
      durationMs: 1,
      ...more,
    });
  return { lines, refused, pass: (ms: number) => void (now += ms) };
}

describe("the log of calls", () => {
  it("names address, account and reason of a refused call", () => {
    const { lines, refused } = setUp();
    refused(new ChatError("permission_denied", "You are not in #x."));
    expect(lines).toMatchObject([
      { address: "203.0.113.7", account: "4096", code: "PermissionDenied", reason: "You are not in #x." },
    ]);
  });

  it("names the account that somebody failed to sign in to", () => {
    const { lines, refused } = setUp();
    refused(new ChatError("unauthenticated", "Wrong.", { details: { account: "4096" } }), { account: undefined });
    expect(lines).toMatchObject([{ address: "203.0.113.7", account: "4096", code: "Unauthenticated" }]);
  });

  it("holds no word of what the caller got wrong, only the names of fields", () => {
    const { lines, refused } = setUp();
    const fields = [
      { field: "to", description: 'is "secret"' },
      { field: "secret", description: NO_SUCH_FIELD },
    ];
    refused(new ChatError("invalid_argument", '"secret" is not an address.', { details: { fields } }));
    refused(new ConnectError('unexpected "secret"', Code.InvalidArgument));
    refused(new ConnectError('unknown compression "secret"', Code.Unimplemented));
    expect(lines.map(({ fields: names, reason }) => names ?? reason)).toEqual([
      ["to", "(unknown)"],
      "malformed",
      "unknown call",
    ]);
    expect(JSON.stringify(lines)).not.toContain("secret");
  });

  it("samples refused calls by address and reason, and counts what it leaves out", () => {
    const { lines, refused, pass } = setUp();
    for (let call = 0; call < 1_000; call++) refused(new ChatError("unauthenticated", "Sign in."));
    expect(lines).toHaveLength(5);
    refused(new ChatError("not_found", "No."));
    refused(new ChatError("unauthenticated", "Sign in."), { address: "203.0.113.8" });
    expect(lines).toHaveLength(7);
    pass(1_000);
    refused(new ChatError("unauthenticated", "Sign in."));
    expect(lines.slice(7)).toMatchObject([
      { address: "203.0.113.7", code: "Unauthenticated", leftOut: 995 },
      { address: "203.0.113.7", code: "Unauthenticated" },
    ]);
  });

  it("writes no faster for many addresses", () => {
    const { lines, refused } = setUp();
    for (let host = 0; host < 5_000; host++)
      refused(new ChatError("unauthenticated", "Sign in."), { address: String(host) });
    expect(lines.length).toBeLessThanOrEqual(200);
  });
});
