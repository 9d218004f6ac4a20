import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { createMemoryKeyValueStore } from "../testing/memory-key-value-store.ts";
import { assertAccountsExist } from "./vanished-accounts.ts";

async function look(options: { head: number; accounts?: boolean; keys?: boolean; accept?: boolean }) {
  const { head, accounts = false, keys = false, accept = false } = options;
  const keyValue = createMemoryKeyValueStore();
  if (accounts) await (await keyValue.bucket("accounts")).create("ada", { name: "Ada" });
  if (keys) await (await keyValue.bucket("keys")).create("access-tokens", { id: "1" });
  const alarms: unknown[] = [];
  const logger = pino(
    { level: "warn" },
    { write: (line: string) => void alarms.push((JSON.parse(line) as { alarm: string }).alarm) },
  );
  await assertAccountsExist({ log: { head: () => Promise.resolve(head) }, keyValue, accept, logger });
  return alarms;
}

describe("accounts under a log", () => {
  it("need not be there while the log is empty", async () => {
    expect(await look({ head: 0 })).toEqual([]);
  });

  it("are no matter while there is one", async () => {
    expect(await look({ head: 5, accounts: true, keys: true })).toEqual([]);
  });

  it("stop the start where not a single one is left, unless that is accepted", async () => {
    await expect(look({ head: 5, keys: true })).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringMatching(/5 records.*--accept-no-accounts/s) as string,
    });
    expect(await look({ head: 5, keys: true, accept: true })).toEqual(["accounts-vanished"]);
  });

  it("go on without the signing keys, with a warning", async () => {
    expect(await look({ head: 5, accounts: true })).toEqual(["keys-vanished"]);
  });
});
