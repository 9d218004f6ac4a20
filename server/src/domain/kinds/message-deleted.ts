import { isRefusal, messageFor } from "../access.ts";
import type { KindRules } from "../kind-rules.ts";
import { MAY } from "../permissions.ts";
import { MESSAGE_DELETED } from "../refusals.ts";

/** A message was deleted, for good: its texts leave the rows, the versions and the log. */
export const messageDeleted: KindRules<"messageDeleted"> = {
  number: 12,
  since: 1,
  by: "person",

  admit(state, fact, { seq }) {
    const message = messageFor(state, fact, Number(seq), MAY.delete.who);
    if (isRefusal(message)) return message;
    return message.deleted ? { ...MESSAGE_DELETED, asGood: true } : undefined;
  },

  changes(state, _fact, { seq }) {
    const message = state.message(Number(seq));
    if (!message) return [];
    return [
      {
        put: "message",
        row: { ...message, text: "", editedAt: undefined, deleted: true, reactions: [], pinned: false },
      },
      { erase: [message.seq, ...state.edits(message.seq)] },
      { delete: "versions", message: message.seq },
    ];
  },
};
