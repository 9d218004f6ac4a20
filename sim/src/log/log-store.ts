import type { Chance } from "../world/chance.ts";
import type { World } from "../world/world.ts";

/** What varies of a log from world to world. */
export interface LogKnobs {
  /** Between a record's writing and its being safe on the disks, in ms. */
  readonly syncMs: readonly [number, number];
  /** How long it is remembered which records came, in ms. */
  readonly repeatWindowMs: number;
  /** Of so many of a thousand appends the record is stored twice. */
  readonly doubledPerMille: number;
  /** Whether a record is acknowledged before it is safe: no engine of ours does that. */
  readonly answersBeforeSync: boolean;
}

/** A record on its way to the disks. */
interface Pending {
  readonly id: string;
  readonly data: Uint8Array;
  readonly answers: ((sequence: number) => void)[];
}

/**
 * The nodes that keep the log, as one: they agree on a leader, and what the leader has not yet made safe is lost with it. Every server reads and writes it over a
 * link of its own.
 */
export interface LogStore {
  readonly epoch: string;
  /** Whether it goes by another epoch than at first. */
  readonly isMoved: boolean;
  readonly records: (Uint8Array | undefined)[];
  readonly hasLeader: boolean;
  /** Stores a record; answers once it is safe. `refuse` is called where nobody leads. */
  append(id: string, data: Uint8Array, answer: (sequence: number) => void, refuse: () => void): void;
  /** Its end, as a node says that may have been deposed without knowing it. */
  head(): number;
  /** Calls back once there is a record after this one. Returns what stops that. */
  onRecordAfter(sequence: number, listener: () => void): () => void;
  /** The same records go by another epoch from now on, as after a move to another engine. */
  move(): void;
  /** The leader stops, now or with the next record: what was not safe is lost, all of it or a part, and nobody leads for so long. */
  crash(downMs: number): void;
}

/** How long a deposed leader may answer after an election, in ms. */
const DEPOSED_MS = 900;

/** An empty log. */
export function createLogStore(world: World, knobs: LogKnobs, chance: Chance): LogStore {
  const records: (Uint8Array | undefined)[] = [];
  const known = new Map<string, { readonly sequence: number; readonly at: number }>();
  const listeners = new Set<{ readonly after: number; readonly tell: () => void }>();
  let pending: Pending[] = [];
  let syncing = false;
  let term = 0;
  let leaderFrom = 0;
  let deposed = { head: 0, until: 0 };
  /** How long nobody will lead once the leader stops with the next record that comes. */
  let fallsFor: number | undefined;

  let moves = 0;
  const epoch = world.chance("epoch").bytes(8).join(".");

  const store: LogStore = {
    get epoch() {
      return moves === 0 ? epoch : `${epoch} moved ${moves}`;
    },
    get isMoved() {
      return moves > 0;
    },
    records,
    get hasLeader() {
      return world.now >= leaderFrom;
    },
    append(id, data, answer, refuse) {
      if (!store.hasLeader) return refuse();
      const before = known.get(id);
      if (before && world.now - before.at <= knobs.repeatWindowMs) {
        world.reached("an append that came twice is answered with its first place");
        return answer(before.sequence);
      }
      const same = pending.find((each) => each.id === id);
      if (same) return void same.answers.push(answer);
      pending.push({ id, data, answers: [answer] });
      if (fallsFor !== undefined) {
        const downMs = fallsFor;
        fallsFor = undefined;
        world.at(chance.between(0, knobs.syncMs[0]), () => fall(downMs));
      }
      if (knobs.answersBeforeSync) tellOf(pending.at(-1), records.length + pending.length);
      syncNext();
    },
    head() {
      if (world.now < deposed.until && chance.happens(0.5)) {
        world.reached("a deposed leader says where the log ends");
        return deposed.head;
      }
      return records.length;
    },
    onRecordAfter(sequence, tell) {
      const listener = { after: sequence, tell };
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    move() {
      moves++;
      world.note("log: it goes by another epoch");
      world.reached("the log is moved");
    },
    crash(downMs) {
      // It matters most in the middle of a record.
      if (pending.length === 0 && chance.happens(0.7)) fallsFor = downMs;
      else fall(downMs);
    },
  };

  function fall(downMs: number): void {
    deposed = { head: records.length, until: world.now + downMs + DEPOSED_MS };
    term++;
    leaderFrom = world.now + downMs;
    syncing = false;
    const kept = chance.int(0, pending.length);
    const lost = pending.length - kept;
    world.note(
      `log: the leader stops for ${Math.round(downMs)} ms; of ${pending.length} unsafe records ${lost} are lost`,
    );
    world.reached("an election");
    if (lost > 0) world.reached("a record is lost with the leader");
    if (kept > 0) world.reached("a record is stored, and nobody is told");
    const safe = pending.slice(0, kept);
    pending = [];
    for (const each of safe) keep(each);
  }

  function syncNext(): void {
    const [first] = pending;
    if (syncing || !first) return;
    syncing = true;
    const inTerm = term;
    world.at(chance.between(...knobs.syncMs), () => {
      if (inTerm !== term) return;
      syncing = false;
      pending.shift();
      const sequence = keep(first);
      if (!knobs.answersBeforeSync) tellOf(first, sequence);
      syncNext();
    });
  }

  function tellOf(record: Pending | undefined, sequence: number): void {
    for (const answer of record?.answers.splice(0) ?? []) answer(sequence);
  }

  function keep({ id, data }: Pending): number {
    records.push(data);
    const sequence = records.length;
    known.set(id, { sequence, at: world.now });
    world.note(`log: record ${sequence}, ${data.length} bytes`);
    if (!world.isCalm && chance.int(0, 999) < knobs.doubledPerMille) {
      records.push(data);
      world.reached("a record is stored twice");
      world.note(`log: record ${records.length} is ${sequence} again`);
    }
    for (const listener of [...listeners]) {
      if (listener.after >= records.length) continue;
      listeners.delete(listener);
      listener.tell();
    }
    return sequence;
  }

  return store;
}
