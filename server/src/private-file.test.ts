import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { prepareDataDir } from "./private-file.ts";

it("makes the data directory for its owner alone, and says in a sentence why it can't", async () => {
  const parent = await mkdtemp(join(tmpdir(), "chat-data-"));
  const path = join(parent, "a/b");
  prepareDataDir(path);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  const file = join(parent, "file");
  await writeFile(file, "");
  for (const bad of [file, join(file, "below")])
    expect(() => prepareDataDir(bad)).toThrow(
      expect.objectContaining({
        code: "failed_precondition",
        message: expect.stringMatching(
          /^The data directory .* can't be used: .* file[^.]*\. .*DATA_DIR.*\.$/,
        ) as string,
      }),
    );
  await rm(parent, { recursive: true });
});
