import type { DescMessage } from "@bufbuild/protobuf";
import {
  type AddReactionRequest,
  AddReactionResponseSchema,
  type DeleteMessageRequest,
  DeleteMessageResponseSchema,
  type EditMessageRequest,
  EditMessageResponseSchema,
  type PinMessageRequest,
  PinMessageResponseSchema,
  type RemoveReactionRequest,
  RemoveReactionResponseSchema,
  type SendMessageRequest,
  type UnpinMessageRequest,
  UnpinMessageResponseSchema,
} from "@chat/proto/chat/v1/chat_service";
import { NO_SUCH_MESSAGE } from "../domain/refusals.ts";
import type { Proposal } from "../projection/submit-event.ts";
import type { EncodedMessage } from "../wire/wire.ts";
import type { CallContext, ChatDependencies } from "./chat-dependencies.ts";
import { encodeResponse } from "./encoded.ts";
import { propose } from "./propose.ts";
import { refusalError } from "../refusal-error.ts";
import { assertEmoji, assertWellFormed } from "./text.ts";
import { isPlainMessage } from "./plain-message.ts";
import { sendMessage } from "./send-message.ts";
import { CHAT, COST, type Serve } from "./serve.ts";

/** What one does with messages. */
export function serveMessageActions(serve: Serve): void {
  serve(CHAT.sendMessage, COST.write, sendMessage, (request: SendMessageRequest) => isPlainMessage(request));
  serve(CHAT.editMessage, COST.write, editMessage);
  serve(CHAT.deleteMessage, COST.write, deleteMessage);
  serve(CHAT.addReaction, COST.write, addReaction);
  serve(CHAT.removeReaction, COST.write, removeReaction);
  serve(CHAT.pinMessage, COST.write, pinMessage);
  serve(CHAT.unpinMessage, COST.write, unpinMessage);
}

/** Gives one's own message another text. */
export function editMessage(
  deps: ChatDependencies,
  request: EditMessageRequest,
  caller: CallContext,
): Promise<EncodedMessage> {
  assertWellFormed(request.text);
  const { seq, text } = request;
  return act(deps, request, caller, { case: "messageEdited", value: { seq, text } }, EditMessageResponseSchema);
}

/** Deletes one's own message for good. */
export function deleteMessage(
  deps: ChatDependencies,
  request: DeleteMessageRequest,
  caller: CallContext,
): Promise<EncodedMessage> {
  const { seq } = request;
  return act(deps, request, caller, { case: "messageDeleted", value: { seq } }, DeleteMessageResponseSchema);
}

/** Reacts to a message. */
export function addReaction(
  deps: ChatDependencies,
  request: AddReactionRequest,
  caller: CallContext,
): Promise<EncodedMessage> {
  const { seq, emoji } = request;
  assertEmoji(emoji);
  return act(deps, request, caller, { case: "reactionAdded", value: { seq, emoji } }, AddReactionResponseSchema);
}

/** Takes one's own reaction back. */
export function removeReaction(
  deps: ChatDependencies,
  request: RemoveReactionRequest,
  caller: CallContext,
): Promise<EncodedMessage> {
  const { seq, emoji } = request;
  return act(deps, request, caller, { case: "reactionRemoved", value: { seq, emoji } }, RemoveReactionResponseSchema);
}

/** Pins a message to its conversation. */
export function pinMessage(
  deps: ChatDependencies,
  request: PinMessageRequest,
  caller: CallContext,
): Promise<EncodedMessage> {
  const { seq } = request;
  return act(deps, request, caller, { case: "messagePinned", value: { seq } }, PinMessageResponseSchema);
}

/** Takes a pin away. */
export function unpinMessage(
  deps: ChatDependencies,
  request: UnpinMessageRequest,
  caller: CallContext,
): Promise<EncodedMessage> {
  const { seq } = request;
  return act(deps, request, caller, { case: "messageUnpinned", value: { seq } }, UnpinMessageResponseSchema);
}

/** Proposes an event about a message and answers with the message as it then stands. */
async function act(
  deps: ChatDependencies,
  request: { readonly seq: bigint; readonly clientId: string },
  caller: CallContext,
  kind: Proposal["kind"],
  schema: DescMessage,
): Promise<EncodedMessage> {
  const seq = Number(request.seq);
  const { messages } = deps.projection;
  const conversation = messages.row(seq)?.conversation;
  if (conversation === undefined) throw refusalError(NO_SUCH_MESSAGE, "");
  await propose(deps, caller, conversation, kind, { clientId: request.clientId, where: "this conversation" });
  return encodeResponse(schema, { message: messages.body(seq) });
}
