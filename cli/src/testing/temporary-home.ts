import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll } from "vitest";

const made: string[] = [];

afterAll(() => {
  for (const home of made) rmSync(home, { recursive: true, force: true });
});

/** A home directory that is gone when the tests of this file have ended. */
export function temporaryHome(): string {
  const home = mkdtempSync(path.join(os.tmpdir(), "chat-cli-"));
  made.push(home);
  return home;
}
