import { open } from "node:fs/promises";

/** Makes the names in a directory durable: what was created, renamed or removed in it. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return; // directories can't be synced there; NTFS journals names itself
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
