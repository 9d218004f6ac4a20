import type { KindRules } from "../kind-rules.ts";
import { HANDLE_HASH_BYTES, handleKey } from "../names.ts";
import { HANDLE_TAKEN, MALFORMED } from "../refusals.ts";

/** A person was added; the event's seq becomes their id. The first to take a handle has it, for good. */
export const personAdded: KindRules<"personAdded"> = {
  number: 30,
  since: 1,
  by: "server",

  admit(state, { conversation }, { handleHash }) {
    if (conversation !== "" || handleHash.length !== HANDLE_HASH_BYTES) return MALFORMED;
    return state.name(handleKey(handleHash)) ? HANDLE_TAKEN : undefined;
  },

  changes(_state, { seq }, { handle, handleHash, displayName }) {
    const key = handleKey(handleHash);
    return [
      { put: "name", key, row: { owner: seq } },
      { put: "person", row: { id: seq, handle, displayName, removed: false, names: [key], sources: [seq] } },
    ];
  },

  erased: (value) => ({ ...value, handle: "", displayName: "" }),
};
