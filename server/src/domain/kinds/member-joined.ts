import type { KindRules } from "../kind-rules.ts";
import type { Refusal } from "../outcome.ts";
import { NO_SUCH_ROOM } from "../refusals.ts";

const ALREADY_MEMBER: Refusal = {
  reason: "ALREADY_MEMBER",
  code: "failed_precondition",
  words: (where) => `You are in ${where} already.`,
  asGood: true,
};

/** The actor joined the room. */
export const memberJoined: KindRules<"memberJoined"> = {
  number: 22,
  since: 1,
  by: "person",

  admit(state, { conversation, actor }) {
    if (state.conversation(conversation)?.kind !== "room") return NO_SUCH_ROOM;
    return state.member(conversation, actor)?.joined === true ? ALREADY_MEMBER : undefined;
  },

  changes: (_state, { seq, conversation, actor }) => [
    { put: "member", row: { conversation, person: actor, joined: true, joinedSeq: seq } },
  ],
};
