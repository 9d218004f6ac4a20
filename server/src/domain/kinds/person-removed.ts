import type { KindRules } from "../kind-rules.ts";

/** The actor's account was removed: names are erased, rooms left, handles stay taken. */
export const personRemoved: KindRules<"personRemoved"> = {
  number: 32,
  since: 1,
  by: "person",

  // Whether there still is such an actor was asked before.
  admit: () => undefined,

  changes(state, { actor }) {
    const person = state.person(actor);
    if (!person) return [];
    return [
      ...state.roomsOf(actor).map((member) => ({ put: "member" as const, row: { ...member, joined: false } })),
      { put: "person", row: { ...person, handle: "", displayName: "", removed: true, sources: [] } },
      { erase: person.sources },
    ];
  },
};
