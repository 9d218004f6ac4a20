import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { ChatService, Direction } from "@chat/proto/chat/v1/chat_service";
import { createClient, type Transport } from "@connectrpc/connect";
import { present, settle } from "./client-error.ts";
import { toChatMessage } from "./from-proto.ts";
import type { Messages } from "./types.ts";

const CALL_TIMEOUT_MS = 15_000;

const DIRECTIONS = { sent: Direction.SENT, received: Direction.RECEIVED, both: Direction.BOTH } as const;

/** See {@link Messages}. */
export function createMessages(transport: Transport): Messages {
  const service = createClient(ChatService, transport);
  return {
    async list({ conversation, before, after, limit, direction, since, signal } = {}) {
      const response = await settle(
        service.listMessages(
          {
            direction: DIRECTIONS[direction ?? "both"],
            ...(conversation !== undefined && { conversation }),
            ...(before !== undefined && { before: BigInt(before) }),
            ...(after !== undefined && { after: BigInt(after) }),
            ...(limit !== undefined && { limit }),
            ...(since !== undefined && { since: timestampFromMs(since) }),
          },
          { timeoutMs: CALL_TIMEOUT_MS, ...(signal && { signal }) },
        ),
      );
      return { messages: response.messages.map(toChatMessage), hasMore: response.hasMore };
    },
    async get(seq) {
      const { message } = await settle(service.getMessage({ seq: BigInt(seq) }, { timeoutMs: CALL_TIMEOUT_MS }));
      return toChatMessage(present(message));
    },
  };
}
