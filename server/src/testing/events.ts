import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Event, EventSchema } from "@chat/proto/chat/v1/event";
import fc from "fast-check";
import { directId } from "../domain/address.ts";
import { CHAIN_START, digestOf, nextChain, type SequencedRecord } from "../log/chain.ts";
import { encodeRecord } from "../log/record-codec.ts";

/** A client_id made from a number, for tests: the same number is the same id. */
export function clientId(number: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16);
  bytes[6] = 0x70; // version 7
  bytes[8] = 0x80; // the variant of RFC 9562
  new DataView(bytes.buffer).setUint32(12, number);
  return bytes;
}

/** An event with an own client_id, stamped at 1,000,000 ms unless said otherwise. */
export function event(
  actor: string,
  conversation: string,
  id: number,
  kind: NonNullable<MessageInitShape<typeof EventSchema>["kind"]>,
  atMs = 1_000_000,
): Event {
  return create(EventSchema, { actor, conversation, clientId: clientId(id), at: timestampFromMs(atMs), kind });
}

/** A message posted by `actor`; to a person when `to` begins with "@". */
export function posted(actor: string, to: string, id: number, text = `text ${id}`, atMs?: number): Event {
  const conversation = to.startsWith("@") ? directId(actor, to.slice(1)) : to;
  return event(actor, conversation, id, { case: "messagePosted", value: { text } }, atMs);
}

export const created = (actor: string, room: string, id: number): Event =>
  event(actor, room, id, { case: "roomCreated", value: {} });
export const joined = (actor: string, room: string, id: number): Event =>
  event(actor, room, id, { case: "memberJoined", value: {} });
export const left = (actor: string, room: string, id: number): Event =>
  event(actor, room, id, { case: "memberLeft", value: {} });

/** Records of the log, from sequence `first`, one per group. With `first` above 1 their chain begins there. */
export function records(
  groups: readonly (readonly Event[])[],
  options: { first?: number; origin?: string } = {},
): SequencedRecord[] {
  const { first = 1, origin = "test" } = options;
  let chain = CHAIN_START;
  return groups.map((group, index) => {
    const sequence = first + index;
    const events = group.map((one) => toBinary(EventSchema, one));
    const digest = digestOf(encodeRecord({ origin, batch: sequence, events }));
    chain = nextChain(chain, sequence, digest);
    return { sequence, content: { origin, batch: sequence, events, anchor: undefined, digest }, chain, isVoid: false };
  });
}

const actor = fc.constantFrom("ada", "bob", "eve");
const room = fc.constantFrom("#red", "#red-1", "#blue");
const id = fc.integer({ min: 1, max: 12 });

/** Events of three people in three rooms and among each other, with few client_ids, so that repeats and races are common. */
export const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  fc.tuple(actor, room, id).map(([who, where, one]) => created(who, where, one)),
  fc.tuple(actor, room, id).map(([who, where, one]) => joined(who, where, one)),
  fc.tuple(actor, room, id).map(([who, where, one]) => left(who, where, one)),
  fc
    .tuple(
      actor,
      fc.oneof(
        room,
        actor.map((handle) => `@${handle}`),
      ),
      id,
      fc.constantFrom("a", "b"),
    )
    .map(([who, where, one, text]) => posted(who, where, one, text)),
);

/** Splits a list into consecutive groups; sizes come from `sizes`, again and again. */
export function split<T>(items: readonly T[], sizes: readonly number[]): T[][] {
  const groups: T[][] = [];
  for (let at = 0, group = 0; at < items.length; group++) {
    const size = Math.max(1, sizes[group % Math.max(1, sizes.length)] ?? 1);
    groups.push(items.slice(at, at + size));
    at += size;
  }
  return groups;
}
