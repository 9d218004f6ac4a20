import { pino } from "pino";
import { openEngine } from "../../../server/src/compose.ts";
import type { Engine } from "../../../server/src/engine.ts";
import type { Identity } from "../load/link.ts";
import { makePeople, signIn } from "./people.ts";
import { makeRooms } from "./stored-event.ts";

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
  return withEngine(options, async (engine) => {
    const people = await makePeople(engine, options.people);
    const { room } = options;
    const ids = people.map(({ id }) => id);
    if (room !== undefined) await makeRooms(engine.log, [room.replace(/^#/, "")], ids);
    return signIn(engine.keyValue, people);
  });
}
