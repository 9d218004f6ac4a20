/**
 * Positions. A record's events share its sequence: `seq = record sequence × 4096 + index`. Increasing, not contiguous;
 * safe integers up to 2^41 records (the largest record sequence is 2,199,023,255,551).
 */
export const EVENTS_PER_RECORD = 4096;

/** Where an event stands in the log. */
export function seqOf(recordSequence: number, index: number): number {
  return recordSequence * EVENTS_PER_RECORD + index;
}

/** The largest seq that the record can hold: everything in it and before it is at or below. */
export function lastSeqOf(recordSequence: number): number {
  return recordSequence * EVENTS_PER_RECORD + EVENTS_PER_RECORD - 1;
}
