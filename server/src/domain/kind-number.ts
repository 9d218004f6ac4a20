import type { Event } from "@chat/proto/chat/log/v1/event";
import { rulesOf } from "./kinds.ts";

/** Fields of chat.log.v1.Event from this number on are kinds; those below say something of events of every kind. */
const FIRST_KIND = 10;

/** Protobuf's wire type of a message (https://protobuf.dev/programming-guides/encoding/#structure). */
const LENGTH_DELIMITED = 2;

/** The number of an event's kind, also of one that this release does not read; 0 where it has none. */
export function kindNumberOf(event: Event): number {
  return event.kind.case === undefined ? (unknownKindOf(event) ?? 0) : rulesOf(event.kind.case).number;
}

/** The number of a kind that this release does not read. Undefined: it reads the event's kind, or there is none. */
export function unknownKindOf({ kind, $unknown: fields = [] }: Event): number | undefined {
  if (kind.case !== undefined) return undefined;
  return fields.findLast(({ no, wireType }) => no >= FIRST_KIND && Number(wireType) === LENGTH_DELIMITED)?.no;
}
