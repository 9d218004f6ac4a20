import { NAME_RULE, parseConversation, parseRoomName } from "../address.ts";
import { ClientError } from "../client-error.ts";
import type { OutboxAction } from "../types.ts";

/** The action with its addresses and names in the form that the API takes. @throws ClientError `invalid_argument` */
export function checkedAction(action: OutboxAction): OutboxAction {
  return {
    ...action,
    ...("conversation" in action && { conversation: conversationIn("to", action.conversation) }),
    ...("room" in action && { room: conversationIn("room", action.room) }),
    ...("name" in action && action.name !== undefined && { name: roomNameIn(action.name) }),
  };
}

function conversationIn(field: string, text: string): string {
  const conversation = parseConversation(text);
  if (conversation !== undefined) return conversation;
  throw wrong(field, text, "must be @ and a person's handle, or # and a room's name");
}

function roomNameIn(text: string): string {
  const name = parseRoomName(text);
  if (name !== undefined) return name;
  throw wrong("name", text, `must be ${NAME_RULE}`);
}

function wrong(field: string, text: string, description: string): ClientError {
  return new ClientError("invalid_argument", `“${text}” is not valid: it ${description}.`, {
    fields: [{ field, description }],
  });
}
