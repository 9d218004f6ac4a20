import { isRefusal, roomFor } from "../access.ts";
import type { KindRules } from "../kind-rules.ts";
import { NAME_PATTERN, roomNameKey } from "../names.ts";
import { MAY } from "../permissions.ts";
import { MALFORMED, NAME_TAKEN } from "../refusals.ts";
import type { RowChange } from "../rows.ts";

/** A room got another name, title or topic. The old name goes on leading to it, and nobody else can take it. */
export const roomChanged: KindRules<"roomChanged"> = {
  number: 21,
  since: 1,
  by: "person",

  admit(state, fact, { name }) {
    const room = roomFor(state, fact, MAY.changeRoom.who);
    if (isRefusal(room)) return room;
    if (name === undefined) return undefined;
    if (!NAME_PATTERN.test(name)) return MALFORMED;
    const taken = state.name(roomNameKey(name));
    return taken && taken.owner !== room.id ? NAME_TAKEN : undefined;
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
