import type { OutboxAction } from "@chat/client";

/** What was not done, for an action that the server refused. */
export function describeRefused(action: OutboxAction): string {
  return REFUSED[action.kind];
}

const REFUSED: Readonly<Record<OutboxAction["kind"], string>> = {
  send: "Not sent.",
  edit: "The edit was not saved.",
  delete: "Not deleted.",
  react: "The reaction was not added.",
  unreact: "The reaction was not removed.",
  pin: "Not pinned.",
  unpin: "Not unpinned.",
  "create-room": "The room was not created.",
  "update-room": "The room was not changed.",
  join: "You did not join the room.",
  leave: "You did not leave the room.",
};
