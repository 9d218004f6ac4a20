import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { judgeContinuity } from "./log-continuity.ts";
import { openLogHeadFile } from "./log-head-file.ts";

const EPOCH = "00000000-0000-4000-8000-000000000001";
const OTHER = "00000000-0000-4000-8000-000000000002";
const at = (sequence: number, epoch = EPOCH) => ({ sequence, epoch });
const judge = (log: number, witness?: ReturnType<typeof at>, applied?: ReturnType<typeof at>) =>
  judgeContinuity({ path: "/data/log.db", log: at(log), witness, applied });

describe("the continuity of a log", () => {
  it("is proven by a witness or a projection that knows it, at its end or before", () => {
    expect(judge(0)).toBe("proven");
    expect(judge(7, at(7))).toBe("proven");
    expect(judge(7, at(6), at(5))).toBe("proven");
    expect(judge(7, undefined, at(5))).toBe("proven");
  });

  it("is unproven where nobody knows the log", () => {
    expect(judge(7)).toBe("unproven");
    expect(judge(7, undefined, at(3, OTHER))).toBe("unproven");
  });

  it.each([
    ["the witness knows a later record", 7, at(8), undefined],
    ["the projection knows a later record", 7, at(7), at(8)],
    ["the projection alone knows a later record", 7, undefined, at(8)],
    ["the log is another one", 7, at(7, OTHER), undefined],
    ["the log is empty and another one", 0, at(7, OTHER), undefined],
    ["the log is empty", 0, at(7), undefined],
  ])("is refused when %s, with what to do", (_, log, witness, applied) => {
    expect(() => judge(log, witness, applied)).toThrow(
      expect.objectContaining({
        code: "data_loss",
        message: expect.stringMatching(/log\.db.*backup.*log\.head/s) as string,
      }),
    );
  });

  it("ignores the projection of another log: the data directory was used with NATS before", () => {
    expect(judge(0, undefined, at(90, OTHER))).toBe("proven");
  });
});

describe("the witness", () => {
  async function inDirectory(work: (path: string) => Promise<void>): Promise<void> {
    const directory = await mkdtemp(join(tmpdir(), "chat-head-"));
    await work(join(directory, "log.head")).finally(() => rm(directory, { recursive: true, force: true }));
  }
  const found = (path: string) => {
    const file = openLogHeadFile(path);
    file.close();
    return file.found;
  };

  it("remembers the newest head", () =>
    inDirectory(async (path) => {
      const file = openLogHeadFile(path);
      expect(file.found).toBeUndefined();
      for (const sequence of [1, 2, 3]) file.note(at(sequence));
      file.close();
      expect(found(path)).toEqual(at(3));
    }));

  it("remembers the one before where the newest is damaged, and nothing where both are", () =>
    inDirectory(async (path) => {
      const file = openLogHeadFile(path);
      for (const sequence of [1, 2, 3]) file.note(at(sequence)); // 3 is on the second page
      file.close();
      await truncate(path, 4_100);
      expect(found(path)).toEqual(at(2));
      await writeFile(path, Buffer.alloc(8_192, 7));
      expect(found(path)).toBeUndefined();
    }));
});
