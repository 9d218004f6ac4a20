import { randomUUID } from "node:crypto";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { EventSchema } from "@chat/proto/chat/log/v1/event";
import { EVENTS_PER_RECORD, seqOf } from "../../../server/src/log/position.ts";
import { encodeRecord } from "../../../server/src/log/record-codec.ts";
import type { RecordLog } from "../../../server/src/log/record-log.ts";

/**
 * An event as a server would store it.
 * @param actor person id; 0: the server
 * @param conversation its id; empty for people and for new rooms
 */
export function storedEvent(
  actor: number,
  conversation: string,
  kind: NonNullable<MessageInitShape<typeof EventSchema>["kind"]>,
  atMs: number = Date.now(),
): Uint8Array {
  const clientId = Uint8Array.from(Buffer.from(randomUUID().replaceAll("-", ""), "hex"));
  const event = { actor: BigInt(actor), clientId, conversation, at: timestampFromMs(atMs), kind };
  return toBinary(EventSchema, create(EventSchema, event));
}

/** Stores events as one record. Resolves with its sequence. */
export function appendRecord(log: RecordLog, events: readonly Uint8Array[]): Promise<number> {
  const origin = randomUUID();
  return log.append(encodeRecord({ origin, batch: 1, events }), { id: origin });
}

/** Stores events as records that are as full as may be. Resolves with where each event stands. */
export async function appendEvents(log: RecordLog, events: readonly Uint8Array[]): Promise<number[]> {
  const seqs: number[] = [];
  for (let at = 0; at < events.length; at += EVENTS_PER_RECORD) {
    const part = events.slice(at, at + EVENTS_PER_RECORD);
    const sequence = await appendRecord(log, part);
    seqs.push(...part.map((_, index) => seqOf(sequence, index)));
  }
  return seqs;
}

/** Makes rooms with these people in them; the first one creates them. Resolves with their ids. @param names without "#" */
export async function makeRooms(
  log: RecordLog,
  names: readonly string[],
  people: readonly number[],
): Promise<string[]> {
  const [creator = 0, ...others] = people;
  const created = names.map((name) => storedEvent(creator, "", { case: "roomCreated", value: { name } }));
  const rooms = (await appendEvents(log, created)).map(String);
  const joined = rooms.flatMap((room) =>
    others.map((person) => storedEvent(person, room, { case: "memberJoined", value: {} })),
  );
  await appendEvents(log, joined);
  return rooms;
}
