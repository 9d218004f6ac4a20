import { ChatService } from "@chat/proto/chat/v1/chat_service";
import { createClient, type Transport } from "@connectrpc/connect";
import { ClientError, present, settle } from "./client-error.ts";
import { toChatUser } from "./from-proto.ts";
import type { ChatUser, Users } from "./types.ts";

const CALL_TIMEOUT_MS = 15_000;
/** People remembered; the oldest go first. */
const CACHED = 1_000;

/** See {@link Users}. Look-ups of one person at the same time share one call. */
export function createUsers(transport: Transport): Users & { clear(): void } {
  const service = createClient(ChatService, transport);
  const cache = new Map<string, Promise<ChatUser | undefined>>();

  async function load(handle: string): Promise<ChatUser | undefined> {
    try {
      const { user } = await settle(service.getUser({ handle }, { timeoutMs: CALL_TIMEOUT_MS }));
      return toChatUser(present(user));
    } catch (error) {
      if (error instanceof ClientError && (error.code === "not_found" || error.code === "invalid_argument"))
        return undefined;
      throw error;
    }
  }

  return {
    async search(query, { limit, signal } = {}) {
      const response = await settle(
        service.listUsers(
          { query, ...(limit !== undefined && { limit }) },
          { timeoutMs: CALL_TIMEOUT_MS, ...(signal && { signal }) },
        ),
      );
      return response.users.map(toChatUser);
    },
    get(handle) {
      const known = cache.get(handle);
      if (known) return known;
      const loading = load(handle);
      cache.set(handle, loading);
      const [oldest] = cache.keys();
      if (cache.size > CACHED && oldest !== undefined) cache.delete(oldest);
      // Neither a failure nor an absence is kept: the next one asks again.
      loading.then(
        (user) => user ?? cache.delete(handle),
        () => cache.delete(handle),
      );
      return loading;
    },
    clear: () => cache.clear(),
  };
}
