import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { type Adapter, Low } from "lowdb";
import { ClientError } from "../client-error.ts";
import { createFileLocks } from "./file-lock.ts";
import { createMutex } from "../mutex.ts";
import type { ClientStorage } from "./storage.ts";

type Values = Record<string, unknown>;

/** What an entry is overwritten with until it is on the disk; undefined: deleted. */
type Changes = Map<string, unknown>;

/**
 * Keeps values in one JSON file that its owner alone can read, replaced as a whole. Processes that share it take turns: each reads what is there, puts its own
 * changes in and writes. Others' changes are seen after `sync` or an own write; nobody tells.
 * @throws ClientError `failed_precondition` when the file is there and is no such file.
 */
export async function createFileStorage(path: string): Promise<ClientStorage> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const locks = createFileLocks(path);
  const low = new Low<Values>(createAdapter(path), {});
  await low.read();
  const changes: Changes = new Map();
  /** What is read from the file replaces what was read before, so one at a time does that. */
  const turns = createMutex();
  let writing: Promise<void> | undefined;

  const merged = (): Values => {
    const values = { ...low.data };
    for (const [key, value] of changes) {
      if (value === undefined) delete values[key];
      else values[key] = value;
    }
    return values;
  };
  let current = merged();

  /** One write carries everything that was changed before it began; what comes later makes another. */
  function write(): Promise<void> {
    if (writing) return writing;
    const mine = locks.run("write", async () => {
      writing = undefined;
      await turns.run(async () => {
        const carried = new Map(changes);
        low.data = {};
        await low.read();
        low.data = merged();
        await low.write();
        for (const [key, value] of carried) if (changes.get(key) === value) changes.delete(key);
        current = merged();
      });
    });
    writing = mine;
    mine.catch(() => {
      if (writing === mine) writing = undefined; // it never came to its turn; the caller that waits for it is told
    });
    return mine;
  }

  function change(key: string, value: unknown): Promise<void> {
    // Through JSON, so that what is read now is what will be read after a restart.
    const copy = value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
    changes.set(key, copy);
    if (copy === undefined) delete current[key];
    else current[key] = copy;
    return write();
  }

  async function flush(): Promise<void> {
    while (changes.size > 0) await write();
  }

  return {
    get: (key) => current[key],
    keys: (prefix) =>
      Object.keys(current)
        .filter((key) => key.startsWith(prefix))
        .sort(),
    set: change,
    async delete(key) {
      if (Object.hasOwn(current, key)) await change(key, undefined);
      else await writing;
    },
    sync: () =>
      turns.run(async () => {
        low.data = {};
        await low.read();
        current = merged();
      }),
    onChange: () => () => {},
    lock: (name, run, options) => locks.run(name, run, options),
    isShared: () => true,
    flush,
    async close() {
      try {
        await flush();
      } catch {
        // Closing never fails; the caller of a write that failed was told.
      }
      changes.clear();
      locks.close();
    },
  };
}

function createAdapter(path: string): Adapter<Values> {
  return {
    async read() {
      let text: string;
      try {
        text = await readFile(path, "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
        throw error;
      }
      try {
        const values: unknown = JSON.parse(text);
        if (typeof values !== "object" || values === null || Array.isArray(values))
          throw new TypeError("not an object");
        return values as Values;
      } catch (cause) {
        throw new ClientError("failed_precondition", `${path} is damaged. Delete it and sign in again.`, { cause });
      }
    },
    async write(values) {
      const draft = `${path}.new`;
      const file = await open(draft, "w", 0o600);
      try {
        await file.writeFile(JSON.stringify(values));
        await file.sync();
      } catch (error) {
        await file.close();
        await rm(draft, { force: true });
        throw error;
      }
      await file.close();
      await rename(draft, path);
    },
  };
}
