import { isRefusal, messageFor } from "../access.ts";
import type { KindRules } from "../kind-rules.ts";
import type { Refusal } from "../outcome.ts";
import { MAY, REACTIONS_MAX } from "../permissions.ts";
import { MALFORMED, MESSAGE_DELETED } from "../refusals.ts";

const ALREADY_REACTED: Refusal = {
  reason: "ALREADY_REACTED",
  code: "failed_precondition",
  words: () => "You reacted with this emoji already.",
  asGood: true,
};

const TOO_MANY_REACTIONS: Refusal = {
  reason: "TOO_MANY_REACTIONS",
  code: "failed_precondition",
  words: () => `A message takes ${REACTIONS_MAX} different emoji.`,
  field: "emoji",
};

/** The actor reacted to a message. Once per person and emoji. */
export const reactionAdded: KindRules<"reactionAdded"> = {
  number: 13,
  since: 1,
  by: "person",

  admit(state, fact, { seq, emoji }) {
    if (emoji === "") return MALFORMED;
    const message = messageFor(state, fact, Number(seq), MAY.react.who);
    if (isRefusal(message)) return message;
    if (message.deleted) return MESSAGE_DELETED;
    const reaction = message.reactions.find((each) => each.emoji === emoji);
    if (reaction?.people.includes(fact.actor)) return ALREADY_REACTED;
    return !reaction && message.reactions.length >= REACTIONS_MAX ? TOO_MANY_REACTIONS : undefined;
  },

  changes(state, { actor }, { seq, emoji }) {
    const message = state.message(Number(seq));
    if (!message) return [];
    const isThere = message.reactions.some((each) => each.emoji === emoji);
    const reactions = isThere
      ? message.reactions.map((each) => (each.emoji === emoji ? { emoji, people: [...each.people, actor] } : each))
      : [...message.reactions, { emoji, people: [actor] }];
    return [{ put: "message", row: { ...message, reactions } }];
  },
};
