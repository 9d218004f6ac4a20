import { fromBinary } from "@bufbuild/protobuf";
import { type Event, EventSchema } from "@chat/proto/chat/v1/event";
import { stringify as formatUuid } from "uuid";
import { directHandles } from "../../../server/src/domain/address.ts";
import { createMemoryState } from "../../../server/src/domain/memory-state.ts";
import { seqOf } from "../../../server/src/log/position.ts";
import { decodeRecord } from "../../../server/src/log/record-codec.ts";
import { digestOf } from "../history.ts";

/** An event that the log holds and the rules accepted. */
export interface SettledEvent {
  readonly seq: number;
  readonly actor: string;
  readonly clientId: string;
  readonly conversation: string;
  readonly text: string | undefined;
  readonly digest: string;
  /** Who has a right to it. */
  readonly readers: ReadonlySet<string>;
}

/** What the log says happened, by the plain model of the rules and nothing of the servers' own tables. */
export interface Truth {
  /** In log order. */
  readonly events: readonly SettledEvent[];
  /** Events in the log that were skipped as repeats of an earlier one. */
  readonly repeats: number;
  readonly records: number;
}

/** Folds the final log. @param records in order, from the first. */
export function truthOf(records: Iterable<Uint8Array>): Truth {
  const state = createMemoryState();
  const members = new Map<string, Set<string>>();
  const events: SettledEvent[] = [];
  let repeats = 0;
  let sequence = 0;
  for (const record of records) {
    sequence++;
    decodeRecord(record).events.forEach((bytes, index) => {
      const seq = seqOf(sequence, index);
      const event = fromBinary(EventSchema, bytes);
      const { outcome, changes } = state.apply(seq, event);
      if (outcome.kind === "duplicate") repeats++;
      if (outcome.kind !== "accepted") return;
      let room = members.get(event.conversation);
      if (!room) members.set(event.conversation, (room = new Set(directHandles(event.conversation) ?? [])));
      const readers = new Set(room);
      for (const change of changes) {
        if (change.type === "member-added") {
          readers.add(change.handle);
          room.add(change.handle);
        }
        if (change.type === "member-removed") room.delete(change.handle);
      }
      events.push(settledEvent(seq, event, readers));
    });
  }
  return { events, repeats, records: sequence };
}

function settledEvent(seq: number, event: Event, readers: ReadonlySet<string>): SettledEvent {
  const { actor, conversation } = event;
  const text = event.kind.case === "messagePosted" ? event.kind.value.text : undefined;
  const clientId = formatUuid(event.clientId);
  return {
    seq,
    actor,
    clientId,
    conversation,
    text,
    readers,
    digest: digestOf({ kind: String(event.kind.case), conversation, actor, text }),
  };
}
