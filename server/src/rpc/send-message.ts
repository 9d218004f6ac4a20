import { type SendMessageRequest, SendMessageResponseSchema } from "@chat/proto/chat/v1/chat_service";
import { NO_SUCH_MESSAGE } from "../domain/refusals.ts";
import type { EncodedMessage } from "../wire/wire.ts";
import { resolveTarget } from "./addressing.ts";
import type { CallContext, ChatDependencies } from "./chat-dependencies.ts";
import { encodeResponse } from "./encoded.ts";
import { propose } from "./propose.ts";
import { refusalError } from "../refusal-error.ts";
import { assertWellFormed } from "./text.ts";

/** Posts a message; answers when it is stored and applied here. */
export async function sendMessage(
  deps: ChatDependencies,
  request: SendMessageRequest,
  caller: CallContext,
): Promise<EncodedMessage> {
  const target = resolveTarget(deps, caller, request.to, "to");
  assertWellFormed(request.text);
  const { replyTo } = request;
  const { seq, duplicate } = await propose(
    deps,
    caller,
    target.id,
    { case: "messagePosted", value: { text: request.text, ...(replyTo !== undefined && { replyTo }) } },
    { clientId: request.clientId, where: request.to },
  );
  const message = deps.projection.messages.body(seq);
  if (!message) throw refusalError(NO_SUCH_MESSAGE, request.to);
  return encodeResponse(SendMessageResponseSchema, { message, duplicate });
}
