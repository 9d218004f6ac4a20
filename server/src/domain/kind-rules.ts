import type { Event } from "@chat/proto/chat/log/v1/event";
import type { Refusal } from "./outcome.ts";
import type { RowChange } from "./rows.ts";
import type { State } from "./state.ts";

/** Name of a kind of event: its field in chat.log.v1.Event. */
export type Kind = NonNullable<Event["kind"]["case"]>;

/** What a kind's event carries. */
export type KindValue<K extends Kind> = Extract<Event["kind"], { case: K }>["value"];

/** The frame of an event, as the rules see it. */
export interface Fact {
  /** Its place in the log; 0 while it is only proposed. */
  readonly seq: number;
  /** Person id; 0: the server. */
  readonly actor: number;
  readonly clientId: Uint8Array;
  readonly conversation: string;
  /** ms since 1970, by the clock of the server that appended it. */
  readonly at: number;
}

/** Everything the rules know of one kind of event. Pure: the answers depend on the arguments alone. */
export interface KindRules<K extends Kind> {
  /** Its field number in chat.log.v1.Event, part of the state hash. */
  readonly number: number;
  /** The lowest version of the record format that can express it. */
  readonly since: number;
  /** Whether people do it, or the server alone. */
  readonly by: "person" | "server";
  /** Why it may not happen in this state; undefined where it may. */
  admit(state: State, fact: Fact, value: KindValue<K>): Refusal | undefined;
  /** What it changes; asked only where it was admitted. */
  changes(state: State, fact: Fact, value: KindValue<K>): readonly RowChange[];
  /** The same event without its texts: what is left in the log once it has been erased. Absent: it carries none. */
  erased?(value: KindValue<K>): KindValue<K>;
}
