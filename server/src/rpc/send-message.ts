import { create } from "@bufbuild/protobuf";
import {
  type SendMessageRequest,
  type SendMessageResponse,
  SendMessageResponseSchema,
} from "@chat/proto/chat/v1/chat_service";
import { ChatError } from "../errors.ts";
import { resolveTarget } from "./addressing.ts";
import type { CallContext, ChatDependencies } from "./chat-dependencies.ts";
import { propose, refusalError } from "./propose.ts";
import { messageView } from "./view.ts";

/** Posts a message; answers when it is stored and applied here. */
export async function sendMessage(
  deps: ChatDependencies,
  request: SendMessageRequest,
  caller: CallContext,
): Promise<SendMessageResponse> {
  const target = resolveTarget(deps, caller, request.to, "to");
  if (!request.text.isWellFormed()) {
    throw new ChatError("invalid_argument", "The text is not valid Unicode.", {
      details: { fields: [{ field: "text", description: "must be valid Unicode" }] },
    });
  }
  const proposed = await propose(deps, caller, target.id, request.clientId, {
    case: "messagePosted",
    value: { text: request.text, ...(request.replyTo !== undefined && { replyTo: request.replyTo }) },
  });
  if (proposed.kind === "refused") throw refusalError(proposed.refusal, request.to);
  return create(SendMessageResponseSchema, {
    message: messageView(proposed.seq, proposed.event),
    duplicate: proposed.kind === "duplicate",
  });
}
