// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBrowserStorage, type StorageWindow } from "./browser-storage.ts";
import { createMutex, type Mutex } from "../mutex.ts";
import { SESSION_KEY } from "./storage.ts";
import { describeStorage } from "./storage-contract.ts";

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
});

/** Web Locks as far as they are used, shared by the tabs that get them. */
function createLocks(): LockManager {
  const mutexes = new Map<string, Mutex>();
  return {
    request(name: string, options: { signal?: AbortSignal }, run: () => Promise<unknown>) {
      const mutex = mutexes.get(name) ?? createMutex();
      mutexes.set(name, mutex);
      return mutex.run(run, options);
    },
  } as unknown as LockManager;
}

function tab(locks = createLocks(), storages: Partial<StorageWindow> = {}): StorageWindow {
  return {
    localStorage,
    sessionStorage,
    addEventListener: window.addEventListener.bind(window),
    removeEventListener: window.removeEventListener.bind(window),
    navigator: { locks },
    ...storages,
  } as StorageWindow;
}

describeStorage("browser", async () => {
  const locks = createLocks();
  return async () => createBrowserStorage(tab(locks));
});

describe("browser storage", () => {
  afterEach(() => void (Storage.prototype.setItem = setItem));
  const { setItem } = Storage.prototype;

  it("leaves alone what others keep on the same origin", async () => {
    localStorage.setItem("theirs", "x");
    const storage = createBrowserStorage(tab());
    await storage.delete("theirs");
    expect(storage.keys("")).toEqual([]);
    expect(localStorage.getItem("theirs")).toBe("x");
  });

  it("takes what is no JSON as not there", () => {
    localStorage.setItem("chat:session", "{half");
    expect(createBrowserStorage(tab()).get("session")).toBeUndefined();
  });

  it("tells what other tabs change", () => {
    const storage = createBrowserStorage(tab());
    const heard: unknown[] = [];
    storage.onChange((key, value) => heard.push([key, value]));
    const dispatch = (key: string, newValue: string | null) =>
      window.dispatchEvent(new StorageEvent("storage", { key, newValue, storageArea: localStorage }));
    dispatch("chat:a", '{"b":1}');
    dispatch("chat:a", null);
    dispatch("theirs", "1");
    expect(heard).toEqual([
      ["a", { b: 1 }],
      ["a", undefined],
    ]);
  });

  it("keeps for this tab alone what is not to be remembered, and finds it again after a reload", async () => {
    const storage = createBrowserStorage(tab());
    await storage.set("u/4096/draft/@bob", "hello");
    await storage.remember?.(false, 4096);
    await storage.set(SESSION_KEY, { user: "ada" });
    expect(Object.keys(localStorage)).toEqual([]);
    expect(createBrowserStorage(tab()).get("u/4096/draft/@bob")).toBe("hello");
    expect(createBrowserStorage(tab()).get(SESSION_KEY)).toEqual({ user: "ada" });
  });

  it("leaves what somebody else still uses when it moves to this tab", async () => {
    await createBrowserStorage(tab()).set(SESSION_KEY, { user: "ada" });
    const storage = createBrowserStorage(tab());
    await storage.set("u/4096/draft/@bob", "hello");
    await storage.remember?.(false, 4096);
    expect(Object.keys(localStorage).sort()).toEqual(["chat:session", "chat:u/4096/draft/@bob"]);
    expect(storage.get("u/4096/draft/@bob")).toBe("hello");
  });

  it("keeps values for the page where storage is full", async () => {
    const storage = createBrowserStorage(tab());
    await storage.set("a", "old");
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    await storage.set("a", { is: "new" });
    expect(storage.get("a")).toEqual({ is: "new" });
    expect(storage.keys("")).toEqual(["a"]);
    await storage.delete("a");
    expect(storage.get("a")).toBeUndefined();
  });

  it("works where the browser forbids storage", async () => {
    const forbidden = tab();
    for (const name of ["localStorage", "sessionStorage"]) {
      Object.defineProperty(forbidden, name, {
        get: () => {
          throw new DOMException("no", "SecurityError");
        },
      });
    }
    const storage = createBrowserStorage(forbidden);
    await storage.set("a", 1);
    expect(storage.get("a")).toBe(1);
    expect(storage.keys("")).toEqual(["a"]);
  });
});
