import type { Event } from "@chat/proto/chat/log/v1/event";
import { unknownKindOf } from "./kind-number.ts";
import type { Fact } from "./kind-rules.ts";
import { rulesOf } from "./kinds.ts";
import type { Outcome } from "./outcome.ts";
import { MALFORMED, NO_SUCH_ACTOR } from "./refusals.ts";
import type { RowChange } from "./rows.ts";
import type { State } from "./state.ts";

/** What an event at its place in the log comes to. `changes` is empty unless it was accepted. */
export interface Folded {
  readonly outcome: Outcome;
  readonly changes: readonly RowChange[];
}

const ACCEPTED: Outcome = { kind: "accepted" };
const CLIENT_ID_BYTES = 16;
const NONE: readonly RowChange[] = [];

/**
 * Whether the event may happen in this state. Asked twice: by the RPC before it appends, to refuse early, and by the fold in log order, where the answer is
 * final (first wins). Pure: depends on the arguments alone.
 */
export function admit(state: State, event: Event, seq = 0): Outcome {
  const { clientId, kind } = event;
  if (clientId.length !== CLIENT_ID_BYTES) return { kind: "refused", refusal: MALFORMED };
  const actor = Number(event.actor);
  const first = state.first(actor, clientId);
  // Whether the two ask for the same is for the caller to be told, not for the log to decide: texts may be erased.
  if (first !== undefined) return { kind: "duplicate", seq: first };
  if (kind.case === undefined) return admitUnknown(state, event);
  const rules = rulesOf(kind.case);
  if (rules.by === "person" ? state.person(actor)?.removed !== false : actor !== 0)
    return { kind: "refused", refusal: rules.by === "person" ? NO_SUCH_ACTOR : MALFORMED };
  const refusal = rules.admit(state, factOf(event, seq), kind.value);
  return refusal ? { kind: "refused", refusal } : ACCEPTED;
}

/** What holds for every kind holds for one that this release does not read as well. */
function admitUnknown(state: State, event: Event): Outcome {
  const number = unknownKindOf(event);
  if (number === undefined) return { kind: "refused", refusal: MALFORMED };
  const actor = Number(event.actor);
  if (actor !== 0 && state.person(actor)?.removed !== false) return { kind: "refused", refusal: NO_SUCH_ACTOR };
  return { kind: "unknown", number };
}

/** Applies the rules to the next event of the log. Pure: whoever holds the state carries out the changes. */
export function fold(state: State, event: Event, seq: number): Folded {
  const outcome = admit(state, event, seq);
  if (outcome.kind !== "accepted" || event.kind.case === undefined) return { outcome, changes: NONE };
  return { outcome, changes: rulesOf(event.kind.case).changes(state, factOf(event, seq), event.kind.value) };
}

/** The event without its texts, as it stays in the log. Undefined: it carries none, or they are gone already. */
export function withoutTexts(event: Event): Event | undefined {
  if (event.erased || event.kind.case === undefined) return undefined;
  const rules = rulesOf(event.kind.case);
  if (!rules.erased) return undefined;
  return {
    ...event,
    erased: true,
    kind: { case: event.kind.case, value: rules.erased(event.kind.value) } as Event["kind"],
  };
}

function factOf(event: Event, seq: number): Fact {
  const { at } = event;
  return {
    seq,
    actor: Number(event.actor),
    clientId: event.clientId,
    conversation: event.conversation,
    at: at ? Number(at.seconds) * 1_000 + Math.floor(at.nanos / 1e6) : 0,
  };
}
