import type { Event } from "@chat/proto/chat/log/v1/event";
import { directId } from "../domain/conversation-id.ts";
import { CHAIN_START, type SequencedRecord } from "../log/chain.ts";
import { seqOf } from "../log/position.ts";
import { type AppliedEvent, createProjection, type Projection } from "../projection/projection.ts";
import { ADA, addPeople, addRooms, BOB, records } from "./events.ts";

/** The direct conversation of Ada and Bob. */
export const AB = directId(ADA, BOB);

/** A projection whose log begins with three people (record 1) and two rooms (record 2). */
export interface World {
  readonly projection: Projection;
  /** Applies one record; returns the seqs of its events. */
  record(...events: Event[]): number[];
}

/** @param observe gets each event from the beginning on, as it is applied */
export function createWorld(observe: (applied: AppliedEvent) => void = () => undefined): World {
  const projection = createProjection({ path: ":memory:", epoch: "e1" });
  let sequence = 0;
  let chain: Uint8Array = CHAIN_START;

  function record(...events: Event[]): number[] {
    const [made] = records([events], { first: ++sequence, chain });
    ({ chain } = made as SequencedRecord);
    projection.apply([made as SequencedRecord], observe);
    return events.map((_, index) => seqOf(sequence, index));
  }
  record(...addPeople());
  record(...addRooms());
  return { projection, record };
}
