import type { Logger } from "pino";

/** Tells the operator of events that this server carries and does not read. */
export interface UnknownKinds {
  /** @param kinds their numbers, one for each such event of the record */
  note(sequence: number, kinds: readonly number[]): void;
}

/** Counts each event, and logs each kind once. @param options.count of one kind, by its number */
export function createUnknownKinds(options: { logger: Logger; count: (kind: string) => void }): UnknownKinds {
  const told = new Set<number>();
  return {
    note(sequence, kinds) {
      for (const kind of kinds) {
        options.count(String(kind));
        if (told.has(kind)) continue;
        told.add(kind);
        options.logger.warn(
          { kind, sequence },
          "the log holds events of a kind that this release does not read: they change nothing here until this server is upgraded",
        );
      }
    },
  };
}
