import { isRefusal, messageFor } from "../access.ts";
import type { KindRules } from "../kind-rules.ts";
import type { Refusal } from "../outcome.ts";
import { MAY } from "../permissions.ts";

const NOT_PINNED: Refusal = {
  reason: "NOT_PINNED",
  code: "failed_precondition",
  words: () => "The message is not pinned.",
  asGood: true,
};

/** A message is no longer pinned. */
export const messageUnpinned: KindRules<"messageUnpinned"> = {
  number: 16,
  since: 1,
  by: "person",

  admit(state, fact, { seq }) {
    const message = messageFor(state, fact, Number(seq), MAY.pin.who);
    if (isRefusal(message)) return message;
    return message.pinned ? undefined : NOT_PINNED;
  },

  changes(state, _fact, { seq }) {
    const message = state.message(Number(seq));
    return message ? [{ put: "message", row: { ...message, pinned: false } }] : [];
  },
};
