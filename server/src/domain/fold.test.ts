import type { Event } from "@chat/proto/chat/log/v1/event";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seqOf } from "../log/position.ts";
import {
  ADA,
  added,
  addPeople,
  addRooms,
  anyEvent,
  BLUE,
  BOB,
  created,
  deleted,
  edited,
  EVE,
  joined,
  left,
  pinned,
  posted,
  reacted,
  RED,
  removed,
  renamed,
  roomRenamed,
  unreacted,
} from "../testing/events.ts";
import { directId } from "./conversation-id.ts";
import { fold, withoutTexts } from "./fold.ts";
import { createMemoryState, type MemoryState } from "./memory-state.ts";
import type { Outcome } from "./outcome.ts";
import { EDIT_MAX_MS, PINS_MAX, REACTIONS_MAX } from "./permissions.ts";

const log = fc.array(anyEvent, { maxLength: 60 });
const AB = directId(ADA, BOB);

interface Run {
  readonly state: MemoryState;
  readonly outcomes: Outcome[];
  /** One event in a record of its own; returns its seq and what it came to. */
  next(event: Event): { seq: number; is: string };
}

function say(outcome: Outcome): string {
  if (outcome.kind === "refused") return outcome.refusal.reason;
  return outcome.kind === "duplicate" ? `duplicate of ${outcome.seq}` : "accepted";
}

/** A log that begins with three people and two rooms, then has each event in a record of its own, from record 3. */
function run(events: readonly Event[] = []): Run {
  const state = createMemoryState();
  const outcomes: Outcome[] = [];
  function apply(event: Event, seq: number): Outcome {
    const { outcome, changes } = fold(state, event, seq);
    if (outcome.kind === "accepted") state.apply(seq, event, changes);
    return outcome;
  }
  addPeople().forEach((event, index) => apply(event, seqOf(1, index)));
  addRooms().forEach((event, index) => apply(event, seqOf(2, index)));
  let record = 2;
  function next(event: Event): { seq: number; is: string } {
    const seq = seqOf(++record, 0);
    const outcome = apply(event, seq);
    outcomes.push(outcome);
    return { seq, is: say(outcome) };
  }
  for (const event of events) next(event);
  return { state, outcomes, next };
}

describe("the rules", () => {
  it("give every server the same state from the same log", () => {
    fc.assert(
      fc.property(log, (events) => {
        const one = run(events);
        const other = run(events.map((each) => structuredClone(each)));
        expect(other.outcomes.map(say)).toEqual(one.outcomes.map(say));
        expect(other.state.messages).toEqual(one.state.messages);
        expect(other.state.people).toEqual(one.state.people);
      }),
    );
  });

  it("decide alike from a log whose texts were erased, whichever of them", () => {
    fc.assert(
      fc.property(log, fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }), (events, isErased) => {
        const erased = events.map((event, index) => (isErased[index] ? (withoutTexts(event) ?? event) : event));
        expect(run(erased).outcomes.map(say)).toEqual(run(events).outcomes.map(say));
      }),
    );
  });

  it("let the first of two events with one client_id win, whatever the second asks for", () => {
    fc.assert(
      fc.property(log, (events) => {
        const { outcomes } = run(events);
        const first = new Map<string, number>();
        outcomes.forEach((outcome, index) => {
          const key = `${events[index]?.actor} ${events[index]?.clientId.join()}`;
          const before = first.get(key);
          if (before === undefined) expect(outcome.kind).not.toBe("duplicate");
          else expect(outcome).toEqual({ kind: "duplicate", seq: before });
          if (outcome.kind === "accepted") first.set(key, seqOf(index + 3, 0));
        });
      }),
    );
  });

  it("keep what they promise of every message: one reaction a person and emoji, nothing in a deleted one", () => {
    fc.assert(
      fc.property(log, (events) => {
        for (const message of run(events).state.messages.values()) {
          for (const { people } of message.reactions) {
            expect(people.length).toBeGreaterThan(0);
            expect(new Set(people).size).toBe(people.length);
          }
          if (message.deleted)
            expect(message).toMatchObject({ text: "", reactions: [], pinned: false, editedAt: undefined });
        }
      }),
    );
  });
});

describe("people", () => {
  it("give a handle to the first that asks, and never to anybody else", () => {
    const { next, state } = run();
    expect(next(added("ada", 1)).is).toBe("HANDLE_TAKEN");
    expect(next(renamed(BOB, "ada", 2)).is).toBe("HANDLE_TAKEN");
    expect(next(renamed(ADA, "ada-2", 3)).is).toBe("accepted");
    expect(next(renamed(BOB, "ada", 4)).is).toBe("HANDLE_TAKEN");
    expect(next(added("ada", 5)).is).toBe("HANDLE_TAKEN");
    expect(next(renamed(ADA, "ada", 6)).is).toBe("accepted");
    expect(state.person(ADA)).toMatchObject({ handle: "ada" });
    expect(state.person(ADA)?.names).toHaveLength(2);
  });

  it("keep a removed person's handles taken, forget their names and let them do nothing more", () => {
    const { next, state } = run([joined(BOB, RED, 1), renamed(BOB, "bobby", 2)]);
    expect(next(removed(BOB, 3)).is).toBe("accepted");
    expect(state.person(BOB)).toMatchObject({ handle: "", displayName: "", removed: true });
    expect(state.member(RED, BOB)?.joined).toBe(false);
    expect([...state.erased].sort()).toEqual([BOB, seqOf(4, 0)].sort());
    expect(next(posted(BOB, AB, 4)).is).toBe("ACCOUNT_REMOVED");
    expect(next(posted(ADA, AB, 5)).is).toBe("NO_SUCH_PERSON");
    expect(next(added("bob", 6)).is).toBe("HANDLE_TAKEN");
    expect(next(added("bobby", 7)).is).toBe("HANDLE_TAKEN");
    expect(next(removed(BOB, 8)).is).toBe("ACCOUNT_REMOVED");
  });

  it("are added by servers alone, and do what people do themselves", () => {
    const { next } = run();
    expect(next({ ...added("zoe", 1), actor: BigInt(ADA) }).is).toBe("MALFORMED");
    expect(next({ ...posted(ADA, AB, 2), actor: 0n }).is).toBe("ACCOUNT_REMOVED");
    expect(next(posted(999, directId(999, ADA), 3)).is).toBe("ACCOUNT_REMOVED");
  });
});

describe("rooms", () => {
  it("give a name to the first that asks; the old name of a room stays its own", () => {
    const { next, state } = run();
    expect(next(created(BOB, "red", 1)).is).toBe("NAME_TAKEN");
    expect(next(roomRenamed(ADA, RED, 2, "rouge")).is).toBe("accepted");
    expect(next(created(BOB, "red", 3)).is).toBe("NAME_TAKEN");
    expect(next(roomRenamed(BOB, BLUE, 4, "red")).is).toBe("NAME_TAKEN");
    expect(state.name("#red")?.owner).toBe(RED);
    expect(next(roomRenamed(ADA, RED, 5, "red")).is).toBe("accepted");
  });

  it("are changed by their creator alone, while in them", () => {
    const { next } = run([joined(BOB, RED, 1)]);
    expect(next(roomRenamed(BOB, RED, 2, "mine")).is).toBe("NOT_YOURS");
    expect(next(roomRenamed(EVE, RED, 3, "mine")).is).toBe("NOT_A_MEMBER");
    expect(next(left(ADA, RED, 4)).is).toBe("accepted");
    expect(next(roomRenamed(ADA, RED, 5, "mine")).is).toBe("NOT_A_MEMBER");
  });

  it("are written to by their members alone", () => {
    const { next } = run();
    expect(next(posted(BOB, RED, 1)).is).toBe("NOT_A_MEMBER");
    expect(next(joined(BOB, RED, 2)).is).toBe("accepted");
    expect(next(joined(BOB, RED, 3)).is).toBe("ALREADY_MEMBER");
    expect(next(posted(BOB, RED, 4)).is).toBe("accepted");
    expect(next(left(BOB, RED, 5)).is).toBe("accepted");
    expect(next(posted(BOB, RED, 6)).is).toBe("NOT_A_MEMBER");
    expect(next(posted(BOB, "77", 7)).is).toBe("NO_SUCH_ROOM");
  });
});

describe("messages", () => {
  it("are edited by their sender, for a week, and keep the texts they had", () => {
    const { next, state } = run();
    const { seq } = next(posted(ADA, AB, 1, "one"));
    expect(next(edited(BOB, AB, 2, seq)).is).toBe("NOT_YOURS");
    expect(next(edited(EVE, AB, 3, seq)).is).toBe("NO_SUCH_MESSAGE");
    const { seq: edit } = next(edited(ADA, AB, 4, seq, "two"));
    expect(state.message(seq)).toMatchObject({ text: "two", editedAt: 1_000_000 });
    expect(state.versions.get(seq)).toMatchObject([{ text: "one", replacedBy: edit }]);
    const late = edited(ADA, AB, 5, seq, "three");
    late.at = { ...late.at, seconds: BigInt((1_000_000 + EDIT_MAX_MS) / 1_000 + 1) } as NonNullable<Event["at"]>;
    expect(next(late).is).toBe("TOO_LATE");
  });

  it("are deleted by their sender for good, also after leaving: nothing comes after", () => {
    const { next, state } = run([joined(BOB, RED, 1)]);
    const { seq } = next(posted(BOB, RED, 2));
    const { seq: edit } = next(edited(BOB, RED, 3, seq));
    expect(next(reacted(ADA, RED, 4, seq)).is).toBe("accepted");
    expect(next(deleted(ADA, RED, 5, seq)).is).toBe("NOT_YOURS");
    expect(next(left(BOB, RED, 6)).is).toBe("accepted");
    expect(next(edited(BOB, RED, 7, seq)).is).toBe("NO_SUCH_MESSAGE");
    expect(next(deleted(BOB, RED, 8, seq)).is).toBe("accepted");
    expect(state.message(seq)).toMatchObject({ deleted: true, text: "", reactions: [] });
    expect(state.versions.get(seq)).toBeUndefined();
    expect([...state.erased]).toEqual([seq, edit]);
    expect(next(reacted(ADA, RED, 9, seq, "❤️")).is).toBe("MESSAGE_DELETED");
    expect(next(pinned(ADA, RED, 10, seq)).is).toBe("MESSAGE_DELETED");
    expect(next(deleted(BOB, RED, 11, seq)).is).toBe("MESSAGE_DELETED");
  });

  it("take twenty different emoji, each once from a person", () => {
    const { next, state } = run();
    const { seq } = next(posted(ADA, AB, 1));
    for (let index = 0; index < REACTIONS_MAX; index++) next(reacted(ADA, AB, 100 + index, seq, `e${index}`));
    expect(next(reacted(ADA, AB, 2, seq, "e0")).is).toBe("ALREADY_REACTED");
    expect(next(reacted(BOB, AB, 3, seq, "e0")).is).toBe("accepted");
    expect(next(reacted(BOB, AB, 4, seq, "one too many")).is).toBe("TOO_MANY_REACTIONS");
    expect(next(unreacted(ADA, AB, 5, seq, "e1")).is).toBe("accepted");
    expect(next(unreacted(ADA, AB, 6, seq, "e1")).is).toBe("NOT_REACTED");
    expect(next(reacted(BOB, AB, 7, seq, "one too many")).is).toBe("accepted");
    expect(state.message(seq)?.reactions[0]).toEqual({ emoji: "e0", people: [ADA, BOB] });
  });

  it("are pinned up to a bound, which deleting frees", () => {
    const { next } = run();
    const seqs = Array.from({ length: PINS_MAX + 1 }, (_, index) => next(posted(ADA, AB, 100 + index)).seq);
    for (let index = 0; index < PINS_MAX; index++) next(pinned(BOB, AB, 500 + index, seqs[index] ?? 0));
    const last = seqs.at(-1) ?? 0;
    expect(next(pinned(BOB, AB, 1, last)).is).toBe("TOO_MANY_PINS");
    expect(next(deleted(ADA, AB, 2, seqs[0] ?? 0)).is).toBe("accepted");
    expect(next(pinned(BOB, AB, 3, last)).is).toBe("accepted");
  });

  it("are acted on in their own conversation alone", () => {
    const { next } = run();
    const { seq } = next(posted(ADA, AB, 1));
    expect(next(edited(ADA, RED, 2, seq)).is).toBe("MALFORMED");
    expect(next(reacted(ADA, RED, 3, seq)).is).toBe("MALFORMED");
    const answer = posted(ADA, RED, 4);
    if (answer.kind.case === "messagePosted") answer.kind.value.replyTo = BigInt(seq);
    expect(next(answer).is).toBe("NO_SUCH_MESSAGE");
  });
});
