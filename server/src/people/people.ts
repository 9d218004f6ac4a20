import type { PersonRow } from "../domain/rows.ts";
import type { Projection } from "../projection/projection.ts";
import type { SubmitEvent } from "../projection/submit-event.ts";
import { refusalError } from "../refusal-error.ts";
import type { HandleHash } from "./handle-hash.ts";

/** People as the log knows them. Accounts (e-mail, password, sessions) stand beside it, by person id. */
export interface People {
  get(id: number): PersonRow | undefined;
  /** By a handle that is or was theirs. Those who were removed are found as well. */
  byHandle(handle: string): PersonRow | undefined;
  /**
   * Adds a person; a repeat with the same client_id gives the same id.
   * @throws ChatError `already_exists` when the handle is or was somebody's; what {@link SubmitEvent} throws
   */
  add(input: { handle: string; displayName: string; clientId: Uint8Array<ArrayBuffer> }): Promise<number>;
  /** Changes what is given. @throws as `add` */
  change(
    id: number,
    change: { handle?: string | undefined; displayName?: string | undefined },
    clientId: Uint8Array<ArrayBuffer>,
  ): Promise<void>;
  /** Takes a person out, for good; out already is fine. */
  remove(id: number, options: { withMessages: boolean; clientId: Uint8Array<ArrayBuffer> }): Promise<void>;
}

/** People over the projection and the log. */
export function createPeople(options: {
  projection: Pick<Projection, "state">;
  submit: SubmitEvent;
  handles: HandleHash;
}): People {
  const { submit, handles } = options;
  const { state } = options.projection;

  return {
    get: (id) => state.person(id),
    byHandle(handle) {
      const owner = state.name(handles.keyOf(handle))?.owner;
      return typeof owner === "number" ? state.person(owner) : undefined;
    },
    async add({ handle, displayName, clientId }) {
      const value = { handle, handleHash: handles.of(handle), displayName };
      const { outcome, seq } = await submit({ actor: 0, clientId, kind: { case: "personAdded", value } });
      if (outcome.kind === "refused") throw refusalError(outcome.refusal, `@${handle}`);
      return seq;
    },
    async change(id, { handle, displayName }, clientId) {
      const value = {
        ...(handle !== undefined && { handle, handleHash: handles.of(handle) }),
        ...(displayName !== undefined && { displayName }),
      };
      const { outcome } = await submit({ actor: id, clientId, kind: { case: "personChanged", value } });
      if (outcome.kind === "refused") throw refusalError(outcome.refusal, `@${handle ?? ""}`);
    },
    async remove(id, { withMessages, clientId }) {
      if (state.person(id)?.removed !== false) return;
      const kind = { case: "personRemoved", value: { withMessages } } as const;
      const { outcome } = await submit({ actor: id, clientId, kind });
      if (outcome.kind === "refused" && state.person(id)?.removed === false) throw refusalError(outcome.refusal, "");
    },
  };
}
