import type { Environment } from "./environment.ts";
import { userPrefix, type ClientStorage } from "./storage.ts";
import type { Drafts } from "./types.ts";

/** Drafts of whoever is signed in, stored at each change. `handle` undefined: nobody, and nothing is kept. */
export function createDrafts(options: {
  storage: ClientStorage;
  environment: Environment;
  handle: () => string | undefined;
}): Drafts {
  const { storage, environment } = options;
  const keyOf = (address: string): string | undefined => {
    const handle = options.handle();
    return handle === undefined ? undefined : `${userPrefix(handle)}draft/${address}`;
  };
  return {
    get(address) {
      const key = keyOf(address);
      const text = key === undefined ? undefined : storage.get(key);
      return typeof text === "string" ? text : "";
    },
    set(address, text) {
      const key = keyOf(address);
      if (key === undefined || this.get(address) === text) return;
      const stored = text === "" ? storage.delete(key) : storage.set(key, text);
      stored.catch((error: unknown) => environment.logger.warn("draft not stored", { error: String(error) }));
    },
  };
}
