import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { freePorts } from "../../scripts/nats-server/start.ts";
import { ROOT } from "../../scripts/paths.ts";
import { until } from "./harness.ts";

const TIMEOUT_MS = 90_000;
const CALLS = 3_000;
const TOGETHER = 50;
const PROBE_MS = 5_000;

const isOk = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(PROBE_MS) }).then(
    async (response) => (await response.text(), response.ok),
    () => false, // not listening yet
  );

it(
  "answers and stops in order though nobody reads its log",
  async () => {
    const [port] = (await freePorts(1)) as [number];
    const dataDir = await mkdtemp(join(tmpdir(), "chat-log-"));
    const url = `http://127.0.0.1:${port}`;
    let child: ChildProcess | undefined;
    try {
      const env = { ...process.env, PORT: String(port), DATA_DIR: dataDir, LOG_LEVEL: "debug" };
      // Nobody reads the pipe: its end here is never resumed.
      child = spawn(join(ROOT, "node_modules/.bin/node"), ["server/src/main.ts"], {
        cwd: ROOT,
        env,
        stdio: ["ignore", "pipe", "ignore"],
      });
      await until("it is ready", () => isOk(`${url}/healthz`), 30_000);
      let answered = 0;
      for (let call = 0; call < CALLS; call += TOGETHER) {
        const calls = Array.from({ length: TOGETHER }, () =>
          fetch(`${url}/chat.v1.ChatService/ListMessages`, {
            method: "POST",
            headers: { "content-type": "application/json", "user-agent": "x".repeat(100) },
            body: "{}",
            signal: AbortSignal.timeout(PROBE_MS),
          }),
        );
        for (const response of await Promise.all(calls)) {
          await response.text();
          answered++;
        }
      }
      expect(answered).toBe(CALLS);
      expect(await isOk(`${url}/healthz`)).toBe(true);
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      expect(await ended).toEqual([0, null]);
    } finally {
      child?.kill("SIGKILL");
      await rm(dataDir, { recursive: true, force: true });
    }
  },
  TIMEOUT_MS,
);
