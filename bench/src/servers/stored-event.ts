import { randomUUID } from "node:crypto";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { EventSchema } from "@chat/proto/chat/v1/event";

/** An event as a server would store it. */
export function storedEvent(
  actor: string,
  conversation: string,
  kind: NonNullable<MessageInitShape<typeof EventSchema>["kind"]>,
  atMs: number = Date.now(),
): Uint8Array {
  const clientId = Uint8Array.from(Buffer.from(randomUUID().replaceAll("-", ""), "hex"));
  return toBinary(EventSchema, create(EventSchema, { actor, clientId, conversation, at: timestampFromMs(atMs), kind }));
}

/** What makes a room with these people in it; the first one creates it. */
export function roomEvents(room: string, people: readonly string[]): Uint8Array[] {
  return people.map((handle, index) =>
    storedEvent(handle, room, index === 0 ? { case: "roomCreated", value: {} } : { case: "memberJoined", value: {} }),
  );
}
