import { randomBytes } from "node:crypto";
import { pino } from "pino";
import { expect, it, vi } from "vitest";
import { ChatError } from "../errors.ts";
import { createKeyValueMemory, createMemoryKeyValueStore } from "../testing/memory-key-value-store.ts";
import { createRefreshTokens } from "./refresh-token.ts";
import { createSessions } from "./sessions.ts";

it("ends a session on this server at once though the store can't be told, says so, and tells it later", async () => {
  const memory = createKeyValueMemory();
  let isFull = false;
  const keyValue = createMemoryKeyValueStore({
    memory,
    before({ kind }) {
      if (isFull && kind !== "get") throw new ChatError("resource_exhausted", "The server's disk is full.");
    },
  });
  const sessions = await createSessions({
    keyValue,
    refreshTokens: createRefreshTokens({ key: { id: "1", secret: new Uint8Array(32) }, random: randomBytes }),
    clock: () => 0,
    ids: () => "session",
    logger: pino({ enabled: false }),
  });
  const { refreshToken } = await sessions.start(4096);
  const ended = vi.fn();
  sessions.onEnded(ended);
  isFull = true;
  await expect(sessions.end("session")).rejects.toMatchObject({
    code: "resource_exhausted",
    message: expect.stringContaining("over on this server") as string,
  });
  expect([ended.mock.calls.length, sessions.get("session"), await sessions.lookUp("session")]).toEqual([
    1,
    "ended",
    "ended",
  ]);
  isFull = false;
  const bucket = await keyValue.bucket("sessions");
  expect(await bucket.get("session")).toBeDefined();
  await expect(sessions.refresh(refreshToken)).rejects.toMatchObject({ code: "unauthenticated" });
  await vi.waitFor(async () => expect(await bucket.get("session")).toBeUndefined(), { timeout: 5_000 });
  await sessions.close();
});
