import { ChatService } from "@chat/proto/chat/v1/chat_service";
import type { Conversation } from "@chat/proto/chat/v1/message";
import { createClient, type Transport } from "@connectrpc/connect";
import { v7 as newId } from "uuid";
import { backoffMs } from "./backoff.ts";
import { ClientError, present, settle } from "./client-error.ts";
import type { Environment } from "./environment.ts";
import { toChatConversation } from "./from-proto.ts";
import type { ChatConversation, Rooms } from "./types.ts";

const CALL_TIMEOUT_MS = 15_000;
/** Someone waits for a room to be made or joined: a few tries, then they are told. */
const TRIES = 3;
const RETRY = { baseMs: 300, capMs: 2_000 } as const;

/** See {@link Rooms}. A call whose answer was lost is repeated with the same client_id, so that it happens once. */
export function createRooms(options: {
  transport: Transport;
  environment: Environment;
  /** Told when the caller is in a room, or no longer. */
  onJoined: (room: ChatConversation) => void;
  onLeft: (id: string) => void;
}): Rooms {
  const { environment, onJoined, onLeft } = options;
  const service = createClient(ChatService, options.transport);

  async function persist<T>(call: (clientId: string) => Promise<T>): Promise<T> {
    const clientId = newId();
    for (let attempt = 0; ; attempt++) {
      try {
        return await settle(call(clientId));
      } catch (error) {
        const mayPass = error instanceof ClientError && error.code === "unavailable";
        if (!mayPass || attempt + 1 >= TRIES) throw error;
        const waitMs = Math.max(backoffMs(attempt, { ...RETRY, random: environment.random }), error.retryAfterMs ?? 0);
        await new Promise<void>((resolve) => environment.timers.setTimeout(resolve, waitMs));
      }
    }
  }

  const joined = (conversation: Conversation | undefined): ChatConversation => {
    const room = toChatConversation(present(conversation));
    onJoined(room);
    return room;
  };

  return {
    async list({ query, after, limit, signal } = {}) {
      const response = await settle(
        service.listRooms(
          { query: query ?? "", after: after ?? "", ...(limit !== undefined && { limit }) },
          { timeoutMs: CALL_TIMEOUT_MS, ...(signal && { signal }) },
        ),
      );
      return { rooms: response.conversations.map(toChatConversation), hasMore: response.hasMore };
    },
    async create({ name, title, topic }) {
      const request = { name, title: title ?? "", topic: topic ?? "" };
      return joined(
        (await persist((clientId) => service.createRoom({ ...request, clientId }, { timeoutMs: CALL_TIMEOUT_MS })))
          .conversation,
      );
    },
    async join(name) {
      return joined(
        (await persist((clientId) => service.joinRoom({ room: name, clientId }, { timeoutMs: CALL_TIMEOUT_MS })))
          .conversation,
      );
    },
    async leave(name) {
      await persist((clientId) => service.leaveRoom({ room: name, clientId }, { timeoutMs: CALL_TIMEOUT_MS }));
      onLeft(name.startsWith("#") ? name : `#${name}`);
    },
  };
}
