import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Event, EventSchema } from "@chat/proto/chat/log/v1/event";
import fc from "fast-check";
import { directId, roomId } from "../domain/conversation-id.ts";
import { HANDLE_HASH_BYTES } from "../domain/names.ts";
import { CHAIN_START, digestOf, nextChain, type SequencedRecord } from "../log/chain.ts";
import { seqOf } from "../log/position.ts";
import { encodeRecord } from "../log/record-codec.ts";
import { FIRST_FORMAT } from "../log/record-format.ts";

/** A client_id made from a number, for tests: the same number is the same id. */
export function clientId(number: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16);
  bytes[6] = 0x70; // version 7
  bytes[8] = 0x80; // the variant of RFC 9562
  new DataView(bytes.buffer).setUint32(12, number);
  return bytes;
}

/** The people of most tests, as {@link addPeople} adds them in the first record. */
export const ADA = seqOf(1, 0);
export const BOB = seqOf(1, 1);
export const EVE = seqOf(1, 2);

/** The rooms of {@link anyEvent}: each is created by an event in the second record. */
export const RED = roomId(seqOf(2, 0));
export const BLUE = roomId(seqOf(2, 1));

/** Adds Ada, Bob and Eve: the events of a first record. */
export const addPeople = (): Event[] => ["ada", "bob", "eve"].map((handle, index) => added(handle, 900 + index));

/** Makes the rooms `#red` (by Ada) and `#blue` (by Bob): the events of a second record. */
export const addRooms = (): Event[] => [created(ADA, "red", 910), created(BOB, "blue", 911)];

/** An event with an own client_id, stamped at 1,000,000 ms unless said otherwise. */
export function event(
  actor: number,
  conversation: string,
  id: number,
  kind: NonNullable<MessageInitShape<typeof EventSchema>["kind"]>,
  atMs = 1_000_000,
): Event {
  return create(EventSchema, {
    actor: BigInt(actor),
    conversation,
    clientId: clientId(id),
    at: timestampFromMs(atMs),
    kind,
  });
}

/** A stand-in for the keyed hash of a handle. */
export function hashOf(handle: string): Uint8Array<ArrayBuffer> {
  const hash = new Uint8Array(HANDLE_HASH_BYTES);
  hash.set(Buffer.from(handle));
  return hash;
}

export const added = (handle: string, id: number): Event =>
  event(0, "", id, { case: "personAdded", value: { handle, handleHash: hashOf(handle), displayName: "" } });
export const renamed = (actor: number, handle: string, id: number): Event =>
  event(actor, "", id, { case: "personChanged", value: { handle, handleHash: hashOf(handle) } });
export const removed = (actor: number, id: number): Event => event(actor, "", id, { case: "personRemoved", value: {} });
export const posted = (actor: number, conversation: string, id: number, text = `text ${id}`, atMs?: number): Event =>
  event(actor, conversation, id, { case: "messagePosted", value: { text } }, atMs);
export const edited = (actor: number, conversation: string, id: number, seq: number, text = `edit ${id}`): Event =>
  event(actor, conversation, id, { case: "messageEdited", value: { seq: BigInt(seq), text } });
export const deleted = (actor: number, conversation: string, id: number, seq: number): Event =>
  event(actor, conversation, id, { case: "messageDeleted", value: { seq: BigInt(seq) } });
export const reacted = (actor: number, conversation: string, id: number, seq: number, emoji = "👍"): Event =>
  event(actor, conversation, id, { case: "reactionAdded", value: { seq: BigInt(seq), emoji } });
export const unreacted = (actor: number, conversation: string, id: number, seq: number, emoji = "👍"): Event =>
  event(actor, conversation, id, { case: "reactionRemoved", value: { seq: BigInt(seq), emoji } });
export const pinned = (actor: number, conversation: string, id: number, seq: number): Event =>
  event(actor, conversation, id, { case: "messagePinned", value: { seq: BigInt(seq) } });
export const unpinned = (actor: number, conversation: string, id: number, seq: number): Event =>
  event(actor, conversation, id, { case: "messageUnpinned", value: { seq: BigInt(seq) } });
export const created = (actor: number, name: string, id: number): Event =>
  event(actor, "", id, { case: "roomCreated", value: { name } });
export const roomRenamed = (actor: number, room: string, id: number, name: string): Event =>
  event(actor, room, id, { case: "roomChanged", value: { name } });
export const joined = (actor: number, room: string, id: number): Event =>
  event(actor, room, id, { case: "memberJoined", value: {} });
export const left = (actor: number, room: string, id: number): Event =>
  event(actor, room, id, { case: "memberLeft", value: {} });

/** Records of the log, from sequence `first`, one per group. Their chain goes on from `chain`. */
export function records(
  groups: readonly (readonly Event[])[],
  options: { first?: number; origin?: string; chain?: Uint8Array } = {},
): SequencedRecord[] {
  const { first = 1, origin = "test" } = options;
  let { chain = CHAIN_START } = options;
  return groups.map((group, index) => {
    const sequence = first + index;
    const events = group.map((one) => toBinary(EventSchema, one));
    const digest = digestOf(encodeRecord({ origin, batch: sequence, events }));
    chain = nextChain(chain, sequence, digest);
    const content = { origin, batch: sequence, events, anchor: undefined, version: FIRST_FORMAT, digest };
    return { sequence, content, chain, isVoid: false };
  });
}

const actor = fc.constantFrom(ADA, BOB, EVE);
const room = fc.constantFrom(RED, BLUE);
const id = fc.integer({ min: 1, max: 40 });
const conversation = fc.oneof(
  room,
  fc.tuple(actor, actor).map(([one, other]) => directId(one, other)),
);
/** Messages of the first records after the people and the rooms, so that actions often meet one. */
const message = fc.tuple(fc.integer({ min: 3, max: 12 }), fc.nat(3)).map(([record, index]) => seqOf(record, index));
const handle = fc.constantFrom("ada", "bob", "ada-2", "zoe");

/**
 * Events of three people in two rooms and among each other, with few client_ids, so that repeats and races are common. Meant for a log that begins with
 * {@link addPeople} and {@link addRooms}.
 */
export const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(actor, conversation, id, fc.constantFrom("a", "b")).map((args) => posted(...args)) },
  { weight: 2, arbitrary: fc.tuple(actor, room, id).map((args) => joined(...args)) },
  { weight: 1, arbitrary: fc.tuple(actor, room, id).map((args) => left(...args)) },
  { weight: 2, arbitrary: fc.tuple(actor, conversation, id, message).map((args) => edited(...args)) },
  { weight: 1, arbitrary: fc.tuple(actor, conversation, id, message).map((args) => deleted(...args)) },
  { weight: 2, arbitrary: fc.tuple(actor, conversation, id, message).map((args) => reacted(...args)) },
  { weight: 1, arbitrary: fc.tuple(actor, conversation, id, message).map((args) => unreacted(...args)) },
  { weight: 1, arbitrary: fc.tuple(actor, conversation, id, message).map((args) => pinned(...args)) },
  { weight: 1, arbitrary: fc.tuple(actor, conversation, id, message).map((args) => unpinned(...args)) },
  { weight: 1, arbitrary: fc.tuple(actor, handle, id).map((args) => renamed(...args)) },
  {
    weight: 1,
    arbitrary: fc.tuple(actor, fc.constantFrom("red", "blue", "green"), id).map((args) => created(...args)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(actor, room, id, fc.constantFrom("red", "rouge")).map((args) => roomRenamed(...args)),
  },
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
