import type { CursorCodec } from "../log/cursor-codec.ts";
import type { AppliedEvent } from "../projection/projection.ts";
import type { ConversationEntry, PersonEntry, Roster } from "../projection/roster.ts";
import { eventFrame, type Frame } from "./frame.ts";

/** Somebody's open stream. */
export interface Listener {
  readonly handle: string;
  /** Takes note of a frame. No I/O. Returns whether it is the first since the last flush: then a flush is due. */
  enqueue(frame: Frame): boolean;
  /** Writes what was noted since the last flush, at once. Nothing where there is nothing, or nobody to write to any more. */
  flush(): void;
}

/** Knows who listens here, and hands each event to them and nobody else. */
export interface Hub {
  /** From now on the listener gets every event its person may see. */
  add(listener: Listener): void;
  remove(listener: Listener): void;
  /** Hands an event that has just been applied to its recipients: one frame, encoded once, for all of them. Call in log order. */
  publish(applied: AppliedEvent): void;
  /** Lets every listener that got something write, once. */
  flush(): void;
  /** People with an open stream here. */
  readonly people: number;
}

/** A person with at least one open stream. */
interface Audience {
  readonly handle: string;
  readonly listeners: Set<Listener>;
}

/**
 * A hub over the roster. Recipients are found through indexes, never by a scan of the streams: direct conversations name their two
 * people, and each room with somebody here keeps the set of its members that are here.
 */
export function createHub(options: { roster: Roster; cursors: Pick<CursorCodec, "encode"> }): Hub {
  const { roster, cursors } = options;
  const audiences = new Map<string, Audience>();
  const rooms = new Map<ConversationEntry, Set<Audience>>();
  const due: Listener[] = [];

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

  function* roomsOf(handle: string): Generator<ConversationEntry> {
    for (const conversation of roster.person(handle)?.conversations ?? []) {
      if (conversation.kind === "room") yield conversation;
    }
  }

  function deliver(audience: Audience, frame: Frame): void {
    for (const listener of audience.listeners) if (listener.enqueue(frame)) due.push(listener);
  }

  /** Those who have a stream here among the people named. */
  function* present(people: Iterable<PersonEntry>): Generator<Audience> {
    for (const { handle } of people) {
      const audience = audiences.get(handle);
      if (audience) yield audience;
    }
  }

  return {
    add(listener) {
      let audience = audiences.get(listener.handle);
      if (!audience) {
        audience = { handle: listener.handle, listeners: new Set() };
        audiences.set(listener.handle, audience);
        for (const room of roomsOf(listener.handle)) enter(room, audience);
      }
      audience.listeners.add(listener);
    },
    remove(listener) {
      const audience = audiences.get(listener.handle);
      if (!audience?.listeners.delete(listener) || audience.listeners.size > 0) return;
      audiences.delete(listener.handle);
      for (const room of roomsOf(listener.handle)) exit(room, audience);
    },
    publish(applied) {
      const { conversation } = applied;
      if (conversation.kind === "room") {
        for (const audience of present(applied.added)) enter(conversation, audience);
      }
      const recipients = conversation.kind === "room" ? rooms.get(conversation) : present(conversation.members);
      let frame: Frame | undefined;
      for (const audience of recipients ?? []) {
        frame ??= eventFrame(applied.seq, applied.bytes, cursors.encode(applied.seq, applied.chain));
        deliver(audience, frame);
      }
      for (const audience of present(applied.removed)) exit(conversation, audience);
    },
    flush() {
      for (const listener of due) listener.flush();
      due.length = 0;
    },
    get people() {
      return audiences.size;
    },
  };
}
