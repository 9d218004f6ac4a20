import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";
import { read } from "../../log/record-log.contract.ts";
import { createEmbeddedEngine } from "./engine.ts";

const TIMEOUT_MS = 30_000;

/** Appends numbers for ever, writes each sequence out once it is acknowledged, and keeps the newest one in a bucket. */
const APPENDER = `
  const { createEmbeddedEngine } = await import(process.env.ENGINE);
  const { writeSync } = await import("node:fs");
  const { log, keyValue } = await createEmbeddedEngine({ dataDir: process.env.DATA_DIR });
  const facts = await keyValue.bucket("facts");
  let revision = (await facts.get("newest"))?.revision ?? await facts.create("newest", 0);
  for (;;) {
    const sequence = await log.append(Buffer.from("record " + (await log.head() + 1)), { id: crypto.randomUUID() });
    revision = await facts.update("newest", sequence, revision);
    writeSync(1, sequence + "\\n");
  }`;

function startAppender(dataDir: string): ChildProcess {
  const ENGINE = new URL("engine.ts", import.meta.url).href;
  return spawn(process.execPath, ["--input-type=module", "--eval", APPENDER], {
    env: { ...process.env, ENGINE, DATA_DIR: dataDir },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

it(
  "has everything that was acknowledged after kill -9, numbered without a gap, and refuses a second server until then",
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "chat-embedded-"));
    let child: ChildProcess | undefined;
    try {
      let acknowledged = 0;
      for (const round of [1, 2, 3]) {
        child = startAppender(dataDir);
        const ended = once(child, "exit");
        if (!child.stdout) throw new Error("the appender has no output");
        const goal = acknowledged + 20 * round;
        for await (const line of createInterface(child.stdout)) {
          acknowledged = Number(line); // also those that were on their way when it ended
          if (acknowledged < goal || child.killed) continue;
          await expect(createEmbeddedEngine({ dataDir })).rejects.toMatchObject({ code: "failed_precondition" });
          child.kill("SIGKILL");
        }
        expect(await ended).toEqual([null, "SIGKILL"]);

        const engine = await createEmbeddedEngine({ dataDir });
        const head = await engine.log.head();
        expect(head).toBeGreaterThanOrEqual(acknowledged);
        const reader = read(engine.log, 0);
        const texts = (await reader.next(head)).map(({ data }) => data && Buffer.from(data).toString());
        await reader.end();
        expect(texts).toEqual(Array.from({ length: head }, (_, index) => `record ${index + 1}`));
        const newest = await (await engine.keyValue.bucket("facts")).get("newest");
        expect(newest?.value).toBeGreaterThanOrEqual(acknowledged);
        await engine.close();
      }
    } finally {
      child?.kill("SIGKILL");
      await rm(dataDir, { recursive: true, force: true });
    }
  },
  TIMEOUT_MS,
);
