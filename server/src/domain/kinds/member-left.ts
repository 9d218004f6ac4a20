import { whyNotMember } from "../access.ts";
import type { KindRules } from "../kind-rules.ts";
import { NOT_A_MEMBER } from "../refusals.ts";

/** The actor left the room. Its last event for that member. */
export const memberLeft: KindRules<"memberLeft"> = {
  number: 23,
  since: 1,
  by: "person",

  admit(state, { conversation, actor }) {
    const refusal = whyNotMember(state, conversation, actor);
    return refusal === NOT_A_MEMBER ? { ...NOT_A_MEMBER, asGood: true } : refusal;
  },

  changes(state, { conversation, actor }) {
    const member = state.member(conversation, actor);
    return member ? [{ put: "member", row: { ...member, joined: false } }] : [];
  },
};
