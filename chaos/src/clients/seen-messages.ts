/** Messages that are kept in mind. */
const KEPT = 40;

/** A message that came. */
export interface SeenMessage {
  readonly seq: number;
  readonly conversation: string;
  /** Person id. */
  readonly sender: number;
}

/** The messages that came lately, to edit, react to, answer and so on. */
export interface SeenMessages {
  add(message: SeenMessage): void;
  /** One of them; undefined while there is none. @param share 0 to 1: from the oldest to the newest */
  any(share: number): SeenMessage | undefined;
  /** One of this person's. */
  of(person: number, share: number): SeenMessage | undefined;
}

/** Has seen nothing yet. */
export function createSeenMessages(): SeenMessages {
  const seen = new Map<number, SeenMessage>();
  const pick = (list: readonly SeenMessage[], share: number): SeenMessage | undefined =>
    list[Math.min(list.length - 1, Math.floor(share * list.length))];
  return {
    add(message) {
      seen.delete(message.seq);
      seen.set(message.seq, message);
      for (const oldest of seen.keys()) if (seen.size > KEPT) seen.delete(oldest);
    },
    any: (share) => pick([...seen.values()], share),
    of: (person, share) =>
      pick(
        [...seen.values()].filter(({ sender }) => sender === person),
        share,
      ),
  };
}
