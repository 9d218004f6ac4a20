import { isRefusal, messageFor } from "../access.ts";
import type { KindRules } from "../kind-rules.ts";
import type { Refusal } from "../outcome.ts";
import { MAY } from "../permissions.ts";
import { MESSAGE_DELETED } from "../refusals.ts";

const NOT_REACTED: Refusal = {
  reason: "NOT_REACTED",
  code: "failed_precondition",
  words: () => "You have not reacted with this emoji.",
  asGood: true,
};

/** The actor took a reaction back. */
export const reactionRemoved: KindRules<"reactionRemoved"> = {
  number: 14,
  since: 1,
  by: "person",

  admit(state, fact, { seq, emoji }) {
    const message = messageFor(state, fact, Number(seq), MAY.react.who);
    if (isRefusal(message)) return message;
    if (message.deleted) return MESSAGE_DELETED;
    const reaction = message.reactions.find((each) => each.emoji === emoji);
    return reaction?.people.includes(fact.actor) ? undefined : NOT_REACTED;
  },

  changes(state, { actor }, { seq, emoji }) {
    const message = state.message(Number(seq));
    if (!message) return [];
    const reactions = message.reactions
      .map((each) =>
        each.emoji === emoji ? { emoji, people: each.people.filter((person) => person !== actor) } : each,
      )
      .filter(({ people }) => people.length > 0);
    return [{ put: "message", row: { ...message, reactions } }];
  },
};
