import { describe, expect, it } from "vitest";
import { createAuthenticator } from "./authenticator.ts";
import type { LiveSession } from "./sessions.ts";

const CANONICAL = `e30.e30.${"a".repeat(42)}A`;

function setUp(session: LiveSession | "ended" = { person: 4096 } as LiveSession, removed = false) {
  const verified: string[] = [];
  const authenticator = createAuthenticator({
    accessTokens: {
      sign: () => Promise.reject(new Error("not here")),
      verify(token) {
        verified.push(token);
        return Promise.resolve({ person: 4096, sessionId: "s", expiresAt: Infinity });
      },
    },
    sessions: { get: () => session } as never,
    isRemoved: () => removed,
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

  it.each([
    [false, {}],
    [true, { reason: "ACCOUNT_REMOVED" }],
  ])("says of an ended session whether the account was removed (%s)", async (removed, details) => {
    const { authenticator } = setUp("ended", removed);
    await expect(authenticator.authenticate(`Bearer ${CANONICAL}`)).rejects.toMatchObject({
      code: "unauthenticated",
      details,
    });
  });

  it("lets nobody in who was removed, though a session of theirs goes on", async () => {
    const { authenticator } = setUp(undefined, true);
    await expect(authenticator.authenticate(`Bearer ${CANONICAL}`)).rejects.toMatchObject({
      code: "unauthenticated",
      details: { reason: "ACCOUNT_REMOVED" },
    });
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
