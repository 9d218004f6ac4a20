import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { freePorts } from "../../scripts/nats-server/start.ts";
import { callJson, message, tokenOf } from "./call.ts";
import { type ServerProcess, startServer } from "./harness.ts";

const run = promisify(execFile);

/** Path and mode of everything below a directory that others than the owner may use in some way. */
async function openToOthers(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = [directory, ...entries.map(({ parentPath, name }) => join(parentPath, name))];
  const found: string[] = [];
  for (const path of paths) {
    const mode = (await stat(path)).mode & 0o777;
    if ((mode & 0o077) !== 0) found.push(`${path.slice(directory.length)} ${mode.toString(8)}`);
  }
  return found;
}

async function use(server: ServerProcess): Promise<void> {
  const token = await tokenOf(server.url, "mehdi");
  const { status } = await callJson(server.url, "ChatService/SendMessage", message("@mehdi1", "private"), token);
  expect(status).toBe(200);
}

describe("the data directory", () => {
  it("is for the owner alone with everything in it, also where it stood open before", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "chat-modes-"));
    const [tlsPort] = (await freePorts(1)) as [number];
    try {
      await chmod(dataDir, 0o755);
      await using server = await startServer({ dataDir, env: { TLS: "self-signed", TLS_PORT: String(tlsPort) } });
      await use(server);
      expect(await readdir(dataDir)).toEqual(
        expect.arrayContaining([
          "log.db",
          "log.db-wal",
          "kv.db",
          "kv.db-wal",
          "projection.db",
          "lock.db",
          "blobs",
          "tls",
        ]),
      );
      expect(await openToOthers(dataDir)).toEqual([]);
      await server.stop();
      expect(await openToOthers(dataDir)).toEqual([]);

      for (const name of await readdir(dataDir)) await chmod(join(dataDir, name), 0o755);
      await writeFile(join(dataDir, "of-another-program"), "", { mode: 0o644 });
      await server.restart();
      await use(server);
      expect(await openToOthers(dataDir)).toEqual(["/of-another-program 644"]);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  it("is refused with a sentence and exit code 1 where it can't be written", async (context) => {
    const place = await mkdtemp(join(tmpdir(), "chat-read-only-"));
    const [readOnly, file] = [join(place, "read-only"), join(place, "file")];
    await mkdir(readOnly, { mode: 0o555 });
    await writeFile(file, "");
    const isRoot = process.getuid?.() === 0;
    try {
      // Modes don't stop root; a read-only file system does.
      if (isRoot) await run("mount", ["-t", "tmpfs", "-o", "ro", "chat-e2e", readOnly]);
    } catch {
      context.skip("nothing can be mounted here");
    }
    try {
      for (const dataDir of [readOnly, join(readOnly, "inside"), file]) {
        await using server = await startServer({ dataDir, waitForReady: false });
        expect(await server.ended()).toBe(1);
        expect(server.output()).toMatch(/^The data directory \S+ can't be used: [^.]+\. .*DATA_DIR.*\n$/);
      }
    } finally {
      if (isRoot) await run("umount", ["-l", readOnly]);
      await rm(place, { recursive: true, force: true });
    }
  });
});
