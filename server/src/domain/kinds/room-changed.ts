import { whyNotMember } from "../access.ts";
import type { KindRules } from "../kind-rules.ts";
import { NAME_PATTERN, roomNameKey } from "../names.ts";
import { MALFORMED, NAME_TAKEN, NOT_YOURS } from "../refusals.ts";
import type { RowChange } from "../rows.ts";

/** A room got another name, title or topic. The old name goes on leading to it, and nobody else can take it. */
export const roomChanged: KindRules<"roomChanged"> = {
  number: 21,
  since: 1,
  by: "person",

  admit(state, { conversation, actor }, { name }) {
    const refusal = whyNotMember(state, conversation, actor);
    if (refusal) return refusal;
    if (state.conversation(conversation)?.creator !== actor) return NOT_YOURS;
    if (name === undefined) return undefined;
    if (!NAME_PATTERN.test(name)) return MALFORMED;
    const taken = state.name(roomNameKey(name));
    return taken && taken.owner !== conversation ? NAME_TAKEN : undefined;
  },

  changes(state, { conversation }, { name, title, topic }) {
    const room = state.conversation(conversation);
    if (!room) return [];
    const changed: RowChange = {
      put: "conversation",
      row: { ...room, name: name ?? room.name, title: title ?? room.title, topic: topic ?? room.topic },
    };
    return name === undefined
      ? [changed]
      : [{ put: "name", key: roomNameKey(name), row: { owner: conversation } }, changed];
  },
};
