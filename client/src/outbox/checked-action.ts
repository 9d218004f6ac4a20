import { NAME_RULE, parseConversation, parseRoomName } from "../address.ts";
import { ClientError } from "../client-error.ts";
import type { OutboxAction } from "../types.ts";

/** The action with its addresses in the form that the API takes. @throws ClientError `invalid_argument` */
export function checkedAction(action: OutboxAction): OutboxAction {
  switch (action.kind) {
    case "send":
      return { ...action, conversation: conversationIn("to", action.conversation) };
    case "create-room": {
      const name = parseRoomName(action.name);
      if (name === undefined) throw wrong("name", action.name, `must be ${NAME_RULE}`);
      return { ...action, name };
    }
    case "update-room":
    case "join":
    case "leave":
      return { ...action, room: conversationIn("room", action.room) };
    case "edit":
    case "delete":
    case "react":
    case "unreact":
    case "pin":
    case "unpin":
      return action;
  }
}

function conversationIn(field: string, text: string): string {
  const conversation = parseConversation(text);
  if (conversation !== undefined) return conversation;
  throw wrong(field, text, "must be @ and a person's handle, or # and a room's name");
}

function wrong(field: string, text: string, description: string): ClientError {
  return new ClientError("invalid_argument", `“${text}” is not valid: it ${description}.`, {
    fields: [{ field, description }],
  });
}
