import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makePrivateDirectory } from "../../private-file.ts";
import { createEmbeddedBackups } from "./backups.ts";
import { createEmbeddedRecordLog } from "./record-log.ts";

const RECORD = new Uint8Array([1]);

it("restores beside the remains of a log that is gone, and keeps those", async () => {
  const root = await mkdtemp(join(tmpdir(), "chat-backups-"));
  try {
    const [dataDir, backup] = [join(root, "data"), join(root, "backup")];
    const backups = createEmbeddedBackups({ dataDir, now: () => 0 });
    const open = () => createEmbeddedRecordLog({ path: join(dataDir, "log.db"), headPath: join(dataDir, "log.head") });
    makePrivateDirectory(dataDir);
    const first = open();
    await first.append(RECORD, { id: "1" });
    await backups.backup(backup);
    await first.append(RECORD, { id: "2" });
    const { epoch } = first;
    await first.close();
    await rm(join(dataDir, "log.db"));
    await writeFile(join(dataDir, "kv.db"), "what was there");
    const restored = await backups.restore(backup, { replace: false });
    expect(restored).toMatchObject({ records: 1 });
    expect(restored.epoch).not.toBe(epoch);
    const aside = (await readdir(dataDir)).find((name) => name.startsWith("before-restore-"));
    expect(await readdir(join(dataDir, aside ?? ""))).toEqual(expect.arrayContaining(["kv.db", "log.head"]));
  } finally {
    await rm(root, { recursive: true });
  }
});
