import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../../../scripts/paths.ts";
import { chainOf } from "../../../server/src/log/read-chain.ts";
import { createCursorCodec } from "../../../server/src/log/cursor-codec.ts";
import type { RecordLog } from "../../../server/src/log/record-log.ts";
import { lastSeqOf, seqOf } from "../../../server/src/log/position.ts";
import { RECORD_FORMAT_VERSION } from "../../../server/src/log/record-format.ts";
import type { Identity } from "../load/link.ts";
import { stampedText } from "../load/text.ts";
import { makePeople, type Person, signIn } from "./people.ts";
import { withEngine } from "./seed.ts";
import { appendRecord, makeRooms, storedEvent } from "./stored-event.ts";

/** Rooms that everybody is in; messages go to them in turn. At a thousand messages each has two full pages. */
export const ROOMS = Array.from({ length: 10 }, (_, index) => `#r${index}`);
/** Rooms that everybody is in, with one message each: they make the list of conversations longer. */
const QUIET_ROOMS = Array.from({ length: 30 }, (_, index) => `#q${index}`);
const PEOPLE = 20;
const EVENTS_PER_APPEND = 2_000;
/** Raised when what is built changes. */
const BUILD = 5;
/** Sessions end after 30 days. */
const KEEP_MS = 20 * 24 * 3_600_000;

/** A data directory of the embedded engine with that many messages in it, kept between runs. */
export interface BigLog {
  readonly dataDir: string;
  /** Everything in the log, rooms and members included. */
  readonly events: number;
  /** Behind these cursors lie 0, 100 and (where there are as many) 10,000 events. */
  readonly cursors: Readonly<Record<number, string>>;
  /** In the middle. */
  readonly middle: number;
  /** Somebody who is in all rooms. */
  readonly reader: Identity;
}

type Stored = Omit<BigLog, "dataDir" | "reader"> & { readonly people: readonly Person[]; readonly builtAt: number };

/** Builds it where there is none. Records are made and appended directly: sending a million messages would take minutes. */
export async function bigLog(messages: number, say: (line: string) => void): Promise<BigLog> {
  const dataDir = join(ROOT, `.cache/bench/log-${RECORD_FORMAT_VERSION}-${BUILD}-${messages}`);
  let stored = await readStored(dataDir);
  if (!stored || stored.builtAt + KEEP_MS < Date.now()) {
    say(`building a log of ${messages.toLocaleString("en")} messages, once`);
    const partial = `${dataDir}.partial`;
    await rm(partial, { recursive: true, force: true });
    await rm(dataDir, { recursive: true, force: true });
    await mkdir(partial, { recursive: true, mode: 0o700 });
    stored = await build(partial, messages);
    await writeFile(join(partial, "bench.json"), JSON.stringify(stored));
    await rename(partial, dataDir);
  }
  const { people, ...log } = stored;
  const [reader] = await withEngine({ dataDir }, ({ keyValue }) => signIn(keyValue, people.slice(0, 1)));
  if (!reader) throw new Error("the log has no people");
  return { ...log, dataDir, reader };
}

async function readStored(dataDir: string): Promise<Stored | undefined> {
  try {
    return JSON.parse(await readFile(join(dataDir, "bench.json"), "utf8")) as Stored;
  } catch {
    return undefined; // not built yet
  }
}

function build(dataDir: string, messages: number): Promise<Stored> {
  return withEngine({ dataDir }, async (engine) => {
    const { log } = engine;
    const people = await makePeople(engine, PEOPLE);
    const ids = people.map(({ id }) => id);
    const names = [...ROOMS, ...QUIET_ROOMS].map((room) => room.slice(1));
    const rooms = await makeRooms(log, names, ids);
    const quiet = rooms.slice(ROOMS.length);
    let head = await appendRecord(
      log,
      quiet.map((room) => message(ids[0] ?? 0, room, 0)),
    );
    let written = 0;
    let middle = 0;
    const cursors: Record<number, string> = {};

    async function write(until: number): Promise<void> {
      while (written < until) {
        const count = Math.min(EVENTS_PER_APPEND, until - written);
        const events = Array.from({ length: count }, (_, offset) => next(ids, rooms, written + offset));
        head = await appendRecord(log, events);
        const half = Math.floor(messages / 2);
        if (written <= half && half < written + count) middle = seqOf(head, half - written);
        written += count;
      }
    }

    for (const left of [10_000, 100]) {
      if (left >= messages) continue;
      await write(messages - left);
      cursors[left] = await cursorAt(log, head);
    }
    await write(messages);
    cursors[0] = await cursorAt(log, head);
    const events = PEOPLE + PEOPLE * rooms.length + quiet.length + messages;
    return { events, cursors, middle, people, builtAt: Date.now() };
  });
}

/** What a server that has applied the log so far would give. */
async function cursorAt(log: RecordLog, sequence: number): Promise<string> {
  const chain = await chainOf(log, sequence);
  return createCursorCodec(log.epoch).encode(lastSeqOf(sequence), chain);
}

function next(people: readonly number[], rooms: readonly string[], index: number): Uint8Array {
  return message(people[(index * 7) % people.length] ?? 0, rooms[index % ROOMS.length] ?? "", index);
}

function message(actor: number, room: string, index: number): Uint8Array {
  return storedEvent(actor, room, { case: "messagePosted", value: { text: stampedText(index) } });
}
