import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { expect, it } from "vitest";
import { createKeyValueMemory, createMemoryKeyValueStore } from "../testing/memory-key-value-store.ts";
import { createMemoryRecordLog } from "../testing/memory-record-log.ts";
import { createServerOnLog } from "../testing/server-on-log.ts";
import { createAccountStore } from "./account-store.ts";
import { createAccountWork } from "./account-work.ts";

it("finishes a registration though other servers finish it as well, and note it again meanwhile", async () => {
  const memory = createKeyValueMemory();
  const server = await createServerOnLog({ log: createMemoryRecordLog(), now: Date.now });
  const others = await createMemoryKeyValueStore({ memory }).bucket("account-work");
  let meddled = 0;
  const keyValue = createMemoryKeyValueStore({
    memory,
    async before({ kind, key }) {
      if (kind !== "erase" || meddled++ > 0) return;
      const noted = await others.get(key);
      if (!noted) return;
      await others.erase(key, noted.revision);
      await others.create(key, noted.value);
    },
  });
  const { people, deleteMessages } = server;
  const work = await createAccountWork({
    keyValue,
    store: await createAccountStore({ keyValue, people, secret: new Uint8Array(32) }),
    people,
    sessions: { endAllOf: () => Promise.resolve() },
    signIns: { forget: () => Promise.resolve() },
    deleteMessages,
    clock: () => 0,
    logger: pino({ enabled: false }),
  });
  const registration = { handle: "ada", displayName: "Ada", email: "ada@example.org", passwordHash: "x" };
  const claimId = randomUUID();
  const person = await work.register(registration, claimId);
  expect(meddled).toBe(1);
  expect(people.byHandle("ada")).toMatchObject({ id: person });
  expect(await work.register(registration, claimId)).toBe(person);
  expect(await others.get(claimId)).toBeUndefined();
  work.close();
  await server.close();
});

it("ends what sessions began while an account was being removed", async () => {
  const server = await createServerOnLog({ log: createMemoryRecordLog(), now: Date.now });
  const keyValue = createMemoryKeyValueStore();
  const { people, deleteMessages } = server;
  const ends: boolean[] = [];
  const work = await createAccountWork({
    keyValue,
    store: await createAccountStore({ keyValue, people, secret: new Uint8Array(32) }),
    people,
    sessions: {
      endAllOf(person) {
        ends.push(people.get(person)?.removed === true);
        return Promise.resolve();
      },
    },
    signIns: { forget: () => Promise.resolve() },
    deleteMessages,
    clock: () => 0,
    logger: pino({ enabled: false }),
  });
  const registration = { handle: "ada", displayName: "Ada", email: "ada@example.org", passwordHash: "x" };
  await work.remove(await work.register(registration, randomUUID()), { withMessages: true });
  // Before it, so that little is still to be deleted, and after it.
  expect(ends).toEqual([false, true]);
  work.close();
  await server.close();
});
