import type { ChatService } from "@chat/proto/chat/v1/chat_service";
import type { Conversation } from "@chat/proto/chat/v1/conversation";
import type { Message } from "@chat/proto/chat/v1/message";
import type { Client } from "@connectrpc/connect";
import { answer, callOptions } from "../calls.ts";
import { present } from "../client-error.ts";
import { toChatMessage, toConversationRow } from "../from-proto.ts";
import type { Replica } from "../replica/replica.ts";
import type { OutboxAction, OutboxResult } from "../types.ts";

/** Longer than a server keeps an event through an election of its log's leader, in ms. */
const ACTION_TIMEOUT_MS = 25_000;

/** Does what the action says, by one call, and puts the rows of its answer into the replica. @throws ClientError */
export async function performAction(
  { service, replica }: { service: Client<typeof ChatService>; replica: Replica },
  action: OutboxAction,
  clientId: string,
  signal: AbortSignal,
): Promise<OutboxResult> {
  const options = callOptions({ signal, timeoutMs: ACTION_TIMEOUT_MS });

  async function message(
    call: Promise<{ readonly message?: Message | undefined; readonly duplicate?: boolean }>,
  ): Promise<OutboxResult> {
    const response = await answer(call);
    const stored = toChatMessage(present(response.message));
    replica.putMessage(stored);
    return { message: stored, duplicate: response.duplicate ?? false };
  }

  async function room(
    address: string,
    call: () => Promise<{ readonly conversation?: Conversation | undefined }>,
  ): Promise<OutboxResult> {
    const mark = replica.placeMark(replica.resolve(address) ?? "");
    const row = toConversationRow(present((await answer(call())).conversation));
    replica.putConversation(row, { answer: mark });
    return { ...roomOf(row.id), duplicate: false };
  }

  function roomOf(id: string): Pick<OutboxResult, "conversation"> {
    const conversation = replica.conversation(id);
    return conversation ? { conversation } : {};
  }

  switch (action.kind) {
    case "send": {
      const { conversation: to, text, replyTo } = action;
      const request = { to, text, clientId, ...(replyTo !== undefined && { replyTo: BigInt(replyTo) }) };
      return message(service.sendMessage(request, options));
    }
    case "edit":
      return message(service.editMessage({ seq: BigInt(action.seq), text: action.text, clientId }, options));
    case "delete":
      return message(service.deleteMessage({ seq: BigInt(action.seq), clientId }, options));
    case "react":
      return message(service.addReaction({ seq: BigInt(action.seq), emoji: action.emoji, clientId }, options));
    case "unreact":
      return message(service.removeReaction({ seq: BigInt(action.seq), emoji: action.emoji, clientId }, options));
    case "pin":
      return message(service.pinMessage({ seq: BigInt(action.seq), clientId }, options));
    case "unpin":
      return message(service.unpinMessage({ seq: BigInt(action.seq), clientId }, options));
    case "create-room": {
      const { name, title, topic } = action;
      return room(`#${name}`, () => service.createRoom({ name, title, topic, clientId }, options));
    }
    case "update-room": {
      const { kind: _, ...change } = action;
      return room(action.room, () => service.updateRoom({ ...change, clientId }, options));
    }
    case "join":
      return room(action.room, () => service.joinRoom({ room: action.room, clientId }, options));
    case "leave": {
      const id = replica.resolve(action.room);
      const mark = replica.placeMark(id ?? "");
      await answer(service.leaveRoom({ room: action.room, clientId }, options));
      if (id === undefined) return { duplicate: false };
      replica.putLeft(id, mark);
      return { ...roomOf(id), duplicate: false };
    }
  }
}
