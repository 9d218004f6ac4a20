const DIRECT = /^([1-9]\d{0,15})-([1-9]\d{0,15})$/;
const ROOM = /^[1-9]\d{0,15}$/;

/** Id of the direct conversation of two people, or of one with themselves: their ids, ascending. */
export function directId(one: number, other: number): string {
  return one < other ? `${one}-${other}` : `${other}-${one}`;
}

/** The people of a direct conversation's id; undefined for any other text, also for one that is not canonical. */
export function directPeople(id: string): readonly [number, number] | undefined {
  const match = DIRECT.exec(id);
  if (!match) return undefined;
  const one = Number(match[1]);
  const other = Number(match[2]);
  return one <= other && Number.isSafeInteger(other) ? [one, other] : undefined;
}

/** Id of the room that the event at this seq created. */
export function roomId(seq: number): string {
  return String(seq);
}

/** Whether it can be a room's id. */
export function isRoomId(id: string): boolean {
  return ROOM.test(id);
}
