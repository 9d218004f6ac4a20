import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { openEngine } from "../../../server/src/compose.ts";
import type { Engine } from "../../../server/src/engine.ts";
import { EVENTS_PER_RECORD } from "../../../server/src/log/position.ts";
import { encodeRecord } from "../../../server/src/log/record-codec.ts";
import type { Identity } from "../load/link.ts";
import { makePeople, signIn } from "./people.ts";
import { roomEvents } from "./stored-event.ts";

/** Where a server will find what was put there. */
export interface Place {
  readonly dataDir: string;
  /** Undefined: the embedded engine. */
  readonly natsUrl?: string | undefined;
}

/** Does something with the engine that a server will use, before it does. */
export async function withEngine<T>({ dataDir, natsUrl }: Place, work: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await openEngine(
    { dataDir, natsUrl, natsCreds: undefined, natsReplicas: 1 },
    { logger: pino({ level: "fatal" }), signal: new AbortController().signal },
  );
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

/** Puts people and, where one is named, a room with all of them there. Resolves with their tokens. */
export function seed(options: Place & { people: number; room?: string | undefined }): Promise<Identity[]> {
  return withEngine(options, async ({ keyValue, log }) => {
    const people = await makePeople(keyValue, options.people);
    if (options.room !== undefined) {
      const events = roomEvents(
        options.room,
        people.map(({ handle }) => handle),
      );
      for (let at = 0; at < events.length; at += EVENTS_PER_RECORD)
        await appendRecord(log, events.slice(at, at + EVENTS_PER_RECORD));
    }
    return signIn(keyValue, people);
  });
}

/** Stores events as one record. Resolves with its sequence. */
export function appendRecord(log: Engine["log"], events: readonly Uint8Array[]): Promise<number> {
  const origin = randomUUID();
  return log.append(encodeRecord({ origin, batch: 1, events }), { id: origin });
}
