import { isRefusal, messageFor } from "../access.ts";
import type { KindRules } from "../kind-rules.ts";
import type { Refusal } from "../outcome.ts";
import { MAY, PINS_MAX } from "../permissions.ts";
import { MESSAGE_DELETED } from "../refusals.ts";

const ALREADY_PINNED: Refusal = {
  reason: "ALREADY_PINNED",
  code: "failed_precondition",
  words: () => "The message is pinned already.",
  asGood: true,
};

const TOO_MANY_PINS: Refusal = {
  reason: "TOO_MANY_PINS",
  code: "failed_precondition",
  words: () => `A conversation takes ${PINS_MAX} pinned messages.`,
};

/** A message was pinned to its conversation. */
export const messagePinned: KindRules<"messagePinned"> = {
  number: 15,
  since: 1,
  by: "person",

  admit(state, fact, { seq }) {
    const message = messageFor(state, fact, Number(seq), MAY.pin.who);
    if (isRefusal(message)) return message;
    if (message.deleted) return MESSAGE_DELETED;
    if (message.pinned) return ALREADY_PINNED;
    return state.pins(fact.conversation) >= PINS_MAX ? TOO_MANY_PINS : undefined;
  },

  changes(state, _fact, { seq }) {
    const message = state.message(Number(seq));
    return message ? [{ put: "message", row: { ...message, pinned: true } }] : [];
  },
};
