import { isRefusal, messageFor } from "../access.ts";
import type { KindRules } from "../kind-rules.ts";
import type { Refusal } from "../outcome.ts";
import { MAY } from "../permissions.ts";
import { MESSAGE_DELETED } from "../refusals.ts";

const TOO_LATE: Refusal = {
  reason: "TOO_LATE",
  code: "failed_precondition",
  words: () => `A message can be edited for ${MAY.edit.withinMs / (24 * 3_600_000)} days after it was sent.`,
  field: "seq",
};

/** A message got another text. The one before is kept as a version. */
export const messageEdited: KindRules<"messageEdited"> = {
  number: 11,
  since: 1,
  by: "person",

  admit(state, fact, { seq }) {
    const message = messageFor(state, fact, Number(seq), MAY.edit.who);
    if (isRefusal(message)) return message;
    if (message.deleted) return MESSAGE_DELETED;
    return fact.at - message.sentAt > MAY.edit.withinMs ? TOO_LATE : undefined;
  },

  changes(state, fact, { seq, text }) {
    const message = state.message(Number(seq));
    if (!message) return [];
    const before = {
      message: message.seq,
      replacedBy: fact.seq,
      clientId: fact.clientId,
      text: message.text,
      at: message.editedAt ?? message.sentAt,
    };
    return [
      { put: "version", row: before },
      { put: "message", row: { ...message, text, editedAt: fact.at } },
    ];
  },

  erased: (value) => ({ ...value, text: "" }),
};
