import type { CursorCodec } from "../log/cursor-codec.ts";
import type { AppliedEvent, ChangedRow } from "../projection/projection.ts";
import { type ConversationEntry, type PersonEntry, type Roster, userBody } from "../projection/roster.ts";
import { encodeConversationFor } from "../rows/conversation-view.ts";
import { encodeMember } from "../rows/other-rows.ts";
import { type Frame, type FrameRow, rowFrame } from "./frame.ts";

/** Somebody's open stream. */
export interface Listener {
  /** Person id. */
  readonly person: number;
  /** Takes note of a frame. No I/O. Returns whether it is the first since the last flush: then a flush is due. */
  enqueue(frame: Frame): boolean;
  /** Writes what was noted since the last flush, at once. Nothing where there is nothing, or nobody to write to any more. */
  flush(): void;
  /** The person was removed: nothing more is for them. */
  part(): void;
}

/** Knows who listens here, and hands each changed row to them and nobody else. */
export interface Hub {
  /** From now on the listener gets every row its person may see. */
  add(listener: Listener): void;
  remove(listener: Listener): void;
  /** Hands on what an event changed that has just been applied: one frame a row, encoded once, for all of its recipients. Call in log order. */
  publish(applied: AppliedEvent): void;
  /** Lets every listener that got something write, once. */
  flush(): void;
  /** People with an open stream here. */
  readonly people: number;
}

/** A person with at least one open stream. */
interface Audience {
  readonly person: PersonEntry;
  readonly listeners: Set<Listener>;
}

/** What is to be told to some: the row's bytes, the same for all of them. */
interface Told {
  readonly row: FrameRow;
  readonly users: readonly PersonEntry[];
}

type Tell = (recipients: Iterable<Audience>, told: Told) => void;

/**
 * A hub over the roster. Recipients are found through indexes, never by a scan of the streams: direct conversations name their two
 * people, and each room with somebody here keeps the set of its members that are here.
 */
export function createHub(options: { roster: Roster; cursors: Pick<CursorCodec, "encode"> }): Hub {
  const { roster, cursors } = options;
  const audiences = new Map<number, Audience>();
  const rooms = new Map<ConversationEntry, Set<Audience>>();
  const due: Listener[] = [];
  const parting: Listener[] = [];

  function enter(room: ConversationEntry, audience: Audience): void {
    const present = rooms.get(room);
    if (present) present.add(audience);
    else rooms.set(room, new Set([audience]));
  }

  function exit(room: ConversationEntry, audience: Audience): void {
    const present = rooms.get(room);
    present?.delete(audience);
    if (present?.size === 0) rooms.delete(room);
  }

  function roomsOf(person: number): ConversationEntry[] {
    return [...(roster.person(person)?.conversations ?? [])].filter(({ row }) => row.kind === "room");
  }

  function deliver(audience: Audience, frame: Frame): void {
    for (const listener of audience.listeners) if (listener.enqueue(frame)) due.push(listener);
  }

  /** Those of a conversation's members who have a stream here. */
  function presentIn(conversation: ConversationEntry): Iterable<Audience> {
    if (conversation.row.kind === "room") return rooms.get(conversation) ?? [];
    return presentOf(conversation.members.keys());
  }

  function* presentOf(people: Iterable<PersonEntry>): Generator<Audience> {
    for (const { id } of people) {
      const audience = audiences.get(id);
      if (audience) yield audience;
    }
  }

  /** Those who share a conversation with a person, and the person. */
  function acquaintancesOf(person: PersonEntry): Set<Audience> {
    const found = new Set(presentOf([person]));
    for (const conversation of person.conversations)
      for (const audience of presentIn(conversation)) found.add(audience);
    return found;
  }

  /** The most frequent event by far: one row for everybody in one conversation. */
  function publishMessage(applied: AppliedEvent, { body, conversation }: ChangedRow & { table: "message" }): void {
    let frame: Frame | undefined;
    for (const audience of presentIn(conversation)) {
      frame ??= frameOf(applied, { row: { field: "message", body }, users: [] }, true);
      deliver(audience, frame);
    }
  }

  function frameOf({ seq, kind, actor, chain }: AppliedEvent, { row, users }: Told, isLast: boolean): Frame {
    const named = new Set(actor ? [actor, ...users] : users);
    return rowFrame({
      seq,
      cursor: isLast ? cursors.encode(seq, chain) : undefined,
      kind,
      actor: actor?.id ?? 0,
      users: [...named].map(userBody),
      row,
    });
  }

  /** Collects who is told what of an event that changes several rows, then hands it on: the last frame of each recipient carries the cursor. */
  function publishRows(applied: AppliedEvent): void {
    const plan = new Map<Audience, Told[]>();
    const tell: Tell = (recipients, told) => {
      for (const audience of recipients) {
        const list = plan.get(audience);
        if (list) list.push(told);
        else plan.set(audience, [told]);
      }
    };
    for (const row of applied.rows) collect(row, applied.seq, tell);
    const frames = new Map<Told, { last?: Frame; other?: Frame }>();
    for (const [audience, list] of plan) {
      list.forEach((told, index) => {
        const made = frames.get(told) ?? {};
        frames.set(told, made);
        const isLast = index === list.length - 1;
        deliver(
          audience,
          isLast ? (made.last ??= frameOf(applied, told, true)) : (made.other ??= frameOf(applied, told, false)),
        );
      });
    }
  }

  function collect(row: ChangedRow, seq: number, tell: Tell): void {
    switch (row.table) {
      case "message":
        return tell(presentIn(row.conversation), { row: { field: "message", body: row.body }, users: [] });
      case "person":
        return tell(acquaintancesOf(row.person), { row: { field: "user", body: userBody(row.person) }, users: [] });
      case "conversation":
        return tellConversation(row.conversation, tell);
      case "member":
        return collectMember(row, seq, tell);
    }
  }

  function collectMember(
    { conversation, person, row, change, memberCount }: ChangedRow & { table: "member" },
    seq: number,
    tell: Tell,
  ): void {
    // Who is in a direct conversation stands in its row.
    if (conversation.row.kind === "direct") return;
    const own = audiences.get(person.id);
    if (change === "added" && own) enter(conversation, own);
    if (change === "removed" && own) exit(conversation, own);
    tellConversation(conversation, tell);
    const told: Told = { row: { field: "member", body: encodeMember(row, memberCount, seq) }, users: [person] };
    tell(presentIn(conversation), told);
    if (change === "removed" && own) tell([own], told);
  }

  /** Everybody in it is told the row with their own address; in a room that is the same for all. */
  function tellConversation(conversation: ConversationEntry, tell: Tell): void {
    let shared: Told | undefined;
    for (const audience of presentIn(conversation)) {
      const told = (): Told => ({
        row: { field: "conversation", body: encodeConversationFor(conversation, audience.person, { roster }) },
        users: conversation.row.people.map((id) => roster.person(id)).filter((person) => person !== undefined),
      });
      if (conversation.row.kind === "room") tell([audience], (shared ??= told()));
      else tell([audience], told());
    }
  }

  /** Who was removed gets nothing that happens after it, though their sessions may be ended here a moment later. */
  function part(person: PersonEntry | undefined): void {
    const audience = person && audiences.get(person.id);
    if (!audience) return;
    audiences.delete(audience.person.id);
    parting.push(...audience.listeners);
  }

  return {
    add(listener) {
      let audience = audiences.get(listener.person);
      if (!audience) {
        const person = roster.person(listener.person);
        if (!person) return;
        audience = { person, listeners: new Set() };
        audiences.set(listener.person, audience);
        for (const room of roomsOf(listener.person)) enter(room, audience);
      }
      audience.listeners.add(listener);
    },
    remove(listener) {
      const audience = audiences.get(listener.person);
      if (!audience?.listeners.delete(listener) || audience.listeners.size > 0) return;
      audiences.delete(listener.person);
      for (const room of roomsOf(listener.person)) exit(room, audience);
    },
    publish(applied) {
      const [only] = applied.rows;
      if (only?.table === "message" && applied.rows.length === 1) publishMessage(applied, only);
      else if (only) publishRows(applied);
      if (applied.kind === "personRemoved") part(applied.actor);
    },
    flush() {
      for (const listener of due) listener.flush();
      due.length = 0;
      for (const listener of parting.splice(0)) listener.part();
    },
    get people() {
      return audiences.size;
    },
  };
}
