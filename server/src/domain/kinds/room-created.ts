import { roomId } from "../conversation-id.ts";
import type { KindRules } from "../kind-rules.ts";
import { NAME_PATTERN, roomNameKey } from "../names.ts";
import { MALFORMED, NAME_TAKEN } from "../refusals.ts";

/** A room was created; its creator is its first member. The first to take a name has it. */
export const roomCreated: KindRules<"roomCreated"> = {
  number: 20,
  since: 1,
  by: "person",

  admit(state, { conversation }, { name }) {
    if (conversation !== "" || !NAME_PATTERN.test(name)) return MALFORMED;
    return state.name(roomNameKey(name)) ? NAME_TAKEN : undefined;
  },

  changes(_state, { seq, actor, at }, { name, title, topic }) {
    const id = roomId(seq);
    return [
      { put: "name", key: roomNameKey(name), row: { owner: id } },
      { put: "conversation", row: { id, kind: "room", name, title, topic, people: [], creator: actor, createdAt: at } },
      { put: "member", row: { conversation: id, person: actor, joined: true, joinedSeq: seq } },
    ];
  },
};
