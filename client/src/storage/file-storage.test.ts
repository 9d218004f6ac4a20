import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createFileStorage } from "./file-storage.ts";
import { describeStorage } from "./storage-contract.ts";

const folders: string[] = [];

async function newPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "client-storage-"));
  folders.push(folder);
  return join(folder, "deeper", "state.json");
}

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

describeStorage("file", async () => {
  const path = await newPath();
  return () => createFileStorage(path);
});

describe("the state file", () => {
  it("can be read by its owner alone, whatever it was before", async () => {
    const path = await newPath();
    const storage = await createFileStorage(path);
    await storage.set("a", 1);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await chmod(path, 0o644);
    await storage.set("a", 2);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await storage.close();
  });

  it.each(["{", "", "[]", "42", "null"])("is refused and left alone when it holds %j", async (text) => {
    const path = await newPath();
    await (await createFileStorage(path)).close();
    await writeFile(path, text);
    await expect(createFileStorage(path)).rejects.toMatchObject({ code: "failed_precondition" });
    expect(await readFile(path, "utf8")).toBe(text);
  });

  it("is written again after a write that failed", async () => {
    const path = await newPath();
    const storage = await createFileStorage(path);
    await storage.set("a", 1);
    await writeFile(path, "{");
    await expect(storage.set("b", 2)).rejects.toMatchObject({ code: "failed_precondition" });
    await writeFile(path, "{}");
    await storage.flush();
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual({ b: 2 });
    await storage.close();
  });
});
