import { describe, expect, it } from "vitest";
import { createAuthenticator } from "./authenticator.ts";

const CANONICAL = `e30.e30.${"a".repeat(42)}A`;

function setUp() {
  const verified: string[] = [];
  const authenticator = createAuthenticator({
    accessTokens: {
      sign: () => Promise.reject(new Error("not here")),
      verify(token) {
        verified.push(token);
        return Promise.resolve({ person: 4096, sessionId: "s", expiresAt: Infinity });
      },
    },
    sessions: { get: () => ({ person: 4096 }) } as never,
    clock: () => 0,
  });
  return { authenticator, verified };
}

describe("the authenticator", () => {
  it("verifies a token once, however its header is spelled", async () => {
    const { authenticator, verified } = setUp();
    for (const scheme of ["Bearer ", "bearer ", "BEARER  ", `Bearer${" ".repeat(500)}`, "Bearer "])
      await authenticator.authenticate(scheme + CANONICAL);
    expect(verified).toEqual([CANONICAL]);
  });

  it("refuses other spellings of the same signature", () => {
    const { authenticator, verified } = setUp();
    for (const last of ["B", "C", "D"]) {
      const authorization = `Bearer ${CANONICAL.slice(0, -1)}${last}`;
      expect(() => authenticator.authenticate(authorization)).toThrow("The access token is not valid.");
    }
    expect(verified).toEqual([]);
  });
});
