import type { ChatConversation, ChatMessage } from "../row-types.ts";
import type { ActionRules } from "./action-rules.ts";
import { MESSAGE_ACTIONS, type MessageAction } from "./message-actions.ts";
import { ROOM_ACTIONS, type RoomAction } from "./room-actions.ts";

/** What a person does that needs the log. */
export type OutboxAction = MessageAction | RoomAction;

const ACTIONS = { ...MESSAGE_ACTIONS, ...ROOM_ACTIONS };

/** The rules of an action, for code that treats all kinds alike. */
export function rulesOf(action: OutboxAction): ActionRules<OutboxAction, unknown> {
  return ACTIONS[action.kind] as ActionRules<OutboxAction, unknown>;
}

/** A message as it is once the action on it is stored. */
export function withMessageAction(
  message: ChatMessage,
  action: OutboxAction,
  by: { readonly me: number; readonly at: number },
): ChatMessage {
  if (!("seq" in action)) return message;
  return (rulesOf(action).over?.(message, action, by) as ChatMessage | undefined) ?? message;
}

/** A room as it is once the action on it is stored. */
export function withRoomAction(
  room: ChatConversation,
  action: OutboxAction,
  by: { readonly me: number; readonly at: number },
): ChatConversation {
  if (!("room" in action)) return room;
  return (rulesOf(action).over?.(room, action, by) as ChatConversation | undefined) ?? room;
}

/** "edit 12: new text": what an action does, in words. `nameOf` says what people call a message by. */
export function actionWords(action: OutboxAction, nameOf: (seq: number) => string): string {
  return rulesOf(action).words(action, nameOf);
}

/** What was not done, for an action that the server refused. */
export function describeRefused(action: OutboxAction): string {
  return rulesOf(action).refused;
}
