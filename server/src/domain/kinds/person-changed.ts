import type { KindRules } from "../kind-rules.ts";
import { HANDLE_HASH_BYTES, handleKey } from "../names.ts";
import { HANDLE_TAKEN, MALFORMED } from "../refusals.ts";
import type { RowChange } from "../rows.ts";

/** The actor changed their handle or display name. The old handle goes on leading to them, and nobody else can take it. */
export const personChanged: KindRules<"personChanged"> = {
  number: 31,
  since: 1,
  by: "person",

  admit(state, { conversation, actor }, { handleHash }) {
    if (conversation !== "") return MALFORMED;
    if (handleHash.length === 0) return undefined;
    if (handleHash.length !== HANDLE_HASH_BYTES) return MALFORMED;
    const taken = state.name(handleKey(handleHash));
    return taken && taken.owner !== actor ? HANDLE_TAKEN : undefined;
  },

  changes(state, { seq, actor }, { handle, handleHash, displayName }) {
    const person = state.person(actor);
    if (!person) return [];
    const key = handleHash.length > 0 ? handleKey(handleHash) : undefined;
    const isNew = key !== undefined && !person.names.includes(key);
    const changed: RowChange = {
      put: "person",
      row: {
        ...person,
        handle: key === undefined ? person.handle : (handle ?? ""),
        displayName: displayName ?? person.displayName,
        names: isNew ? [...person.names, key] : person.names,
        sources: [...person.sources, seq],
      },
    };
    return isNew ? [{ put: "name", key, row: { owner: actor } }, changed] : [changed];
  },

  // What was changed stays to be seen: rules ask whether there was a handle by its hash.
  erased: ({ handle, displayName, ...value }) => ({
    ...value,
    ...(handle !== undefined && { handle: "" }),
    ...(displayName !== undefined && { displayName: "" }),
  }),
};
