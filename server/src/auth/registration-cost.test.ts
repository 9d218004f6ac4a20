import { randomUUID } from "node:crypto";
import * as argon2 from "@node-rs/argon2";
import { pino } from "pino";
import { expect, it, vi } from "vitest";
import { createMemoryKeyValueStore } from "../testing/memory-key-value-store.ts";
import { createMemoryRecordLog } from "../testing/memory-record-log.ts";
import { createServerOnLog } from "../testing/server-on-log.ts";
import { createAccounts } from "./accounts.ts";
import { loadSigningKeys } from "./signing-keys.ts";

vi.mock("@node-rs/argon2", { spy: true });

it("computes one password hash for a registration, and one for a repeat that finishes it or comes after", async () => {
  const server = await createServerOnLog({ log: createMemoryRecordLog(), now: Date.now });
  const keyValue = createMemoryKeyValueStore();
  const keys = await loadSigningKeys({ keyValue, ids: randomUUID, random: (n) => new Uint8Array(n), hasPeople: false });
  let add = server.people.add;
  const accounts = await createAccounts({
    keyValue,
    keys,
    people: { ...server.people, add: (input) => add(input) },
    deleteMessages: server.deleteMessages,
    clock: Date.now,
    logger: pino({ enabled: false }),
    passwordCost: { memoryKib: 64, passes: 1, lanes: 1 },
  });
  const counted = async (): Promise<number> => {
    vi.clearAllMocks();
    await accounts.register({
      email: "ada@example.org",
      username: "ada",
      password: "correct horse 9 battery",
      clientId: "0192f000-0000-7000-8000-000000000001",
    });
    return vi.mocked(argon2.hash).mock.calls.length + vi.mocked(argon2.verify).mock.calls.length;
  };
  add = () => Promise.reject(new Error("the log can't be reached"));
  await expect(counted()).rejects.toThrow("the log can't be reached");
  add = server.people.add;
  expect(await counted()).toBe(1);
  expect(await counted()).toBe(1);
  await accounts.close();
  await server.close();
});
