import { AuthService } from "@chat/proto/chat/v1/auth_service";
import type { Transport } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { createAuthTransport } from "./auth-transport.ts";

describe("a signed transport", () => {
  async function headersWith(cursor: string): Promise<Headers> {
    let sent = new Headers();
    const plain = {
      unary: (_method: unknown, _signal: unknown, _timeout: unknown, headers: HeadersInit) => {
        sent = new Headers(headers);
        return Promise.resolve({});
      },
    } as unknown as Transport;
    const tokens = { current: () => Promise.resolve("token"), renew: () => Promise.resolve("other") };
    const method = AuthService.method.getMe;
    await createAuthTransport(plain, tokens, () => cursor).unary(method, undefined, 1_000, { "x-other": "1" }, {});
    return sent;
  }

  it("tells the server what the stream has told already", async () => {
    const headers = await headersWith("AbC");
    expect(headers.get("chat-cursor")).toBe("AbC");
    expect(headers.get("authorization")).toBe("Bearer token");
    expect(headers.get("x-other")).toBe("1");
  });

  it("tells nothing while no stream runs", async () => {
    expect((await headersWith("")).has("chat-cursor")).toBe(false);
  });
});
