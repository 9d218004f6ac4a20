import { fromBinary } from "@bufbuild/protobuf";
import { Cause, type SubscribeResponse, SubscribeResponseSchema } from "@chat/proto/chat/v1/chat_service";
import type { Event } from "@chat/proto/chat/log/v1/event";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCursorCodec } from "../log/cursor-codec.ts";
import { seqOf } from "../log/position.ts";
import type { AppliedEvent } from "../projection/projection.ts";
import {
  ADA,
  anyEvent,
  BOB,
  created,
  edited,
  EVE,
  joined,
  left,
  posted,
  reacted,
  RED,
  removed,
  renamed,
  roomRenamed,
} from "../testing/events.ts";
import { AB, createWorld } from "../testing/world.ts";
import type { Frame } from "./frame.ts";
import { createHub, type Listener } from "./hub.ts";

interface TestListener extends Listener {
  readonly frames: Frame[];
  flushes: number;
  isDue: boolean;
  parted: boolean;
}

function listener(person: number): TestListener {
  const frames: Frame[] = [];
  return {
    person,
    frames,
    flushes: 0,
    isDue: false,
    parted: false,
    enqueue(frame) {
      frames.push(frame);
      const isFirst = !this.isDue;
      this.isDue = true;
      return isFirst;
    },
    flush() {
      this.isDue = false;
      this.flushes++;
    },
    part() {
      this.parted = true;
    },
  };
}

function setUp() {
  let publish: (applied: AppliedEvent) => void = () => undefined;
  const world = createWorld((applied) => publish(applied));
  const hub = createHub({ roster: world.projection.roster, cursors: createCursorCodec("e1") });
  publish = (applied) => hub.publish(applied);
  return {
    ...world,
    hub,
    /** One record, applied and delivered as the tail does it. */
    record(...events: Event[]) {
      const seqs = world.record(...events);
      hub.flush();
      return seqs;
    },
    listen(...people: number[]): TestListener[] {
      const listeners = people.map(listener);
      for (const one of listeners) hub.add(one);
      return listeners;
    },
  };
}

/** The messages of frames. */
const read = ({ frames }: TestListener): SubscribeResponse[] =>
  frames.map(({ binary }) => fromBinary(SubscribeResponseSchema, binary.bytes.subarray(5)));
const rows = (one: TestListener): (string | undefined)[] => read(one).map(({ payload }) => payload.case);

describe("the hub", () => {
  it("hands direct messages to both people's streams, all of them, and to nobody else", () => {
    const { record, listen } = setUp();
    record(posted(ADA, AB, 1));
    const [ada, ada2, bob, eve] = listen(ADA, ADA, BOB, EVE) as [
      TestListener,
      TestListener,
      TestListener,
      TestListener,
    ];
    record(posted(ADA, AB, 2));
    expect([ada, ada2, bob, eve].map((one) => one.frames.length)).toEqual([1, 1, 1, 0]);
  });

  it("makes one frame a row, whatever the number of streams, and flushes each stream once a turn", () => {
    const { record, listen } = setUp();
    record(posted(ADA, AB, 1));
    const listeners = listen(BOB, BOB, BOB, ADA);
    record(posted(ADA, AB, 2), posted(ADA, AB, 3), posted(BOB, AB, 4));
    for (const one of listeners) {
      expect(one.flushes).toBe(1);
      expect(one.frames).toHaveLength(3);
      one.frames.forEach((frame, index) => expect(frame).toBe(listeners[0]?.frames[index]));
    }
  });

  it("sends the very bytes that the projection stores, with what happened and who did it", () => {
    const { record, listen, projection } = setUp();
    const [seq] = record(posted(ADA, AB, 1)) as [number];
    const [bob] = listen(BOB) as [TestListener];
    record(edited(ADA, AB, 2, seq), reacted(BOB, AB, 3, seq));
    const frames = read(bob);
    expect(frames.map(({ cause, actor }) => [cause, actor])).toEqual([
      [Cause.MESSAGE_EDITED, BigInt(ADA)],
      [Cause.REACTION_ADDED, BigInt(BOB)],
    ]);
    expect(frames.map(({ users }) => users.map(({ handle }) => handle))).toEqual([["ada"], ["bob"]]);
    const stored = Buffer.from(projection.messages.body(seq) ?? []);
    expect(Buffer.from(bob.frames[1]?.binary.bytes ?? []).includes(stored)).toBe(true);
  });

  it("begins a direct conversation with its row, each with their own address, and puts the cursor on the last frame", () => {
    const { record, listen } = setUp();
    const [ada, bob] = listen(ADA, BOB) as [TestListener, TestListener];
    record(posted(ADA, AB, 1));
    for (const [one, address] of [
      [ada, "@bob"],
      [bob, "@ada"],
    ] as const) {
      const [conversation, message] = read(one);
      expect(rows(one)).toEqual(["conversation", "message"]);
      expect(conversation?.payload.value).toMatchObject({ id: AB, address, joined: true, memberCount: 2 });
      expect(conversation?.users.map(({ handle }) => handle).sort()).toEqual(["ada", "bob"]);
      expect([conversation?.cursor, message?.cursor === ""]).toEqual(["", false]);
      expect(one.frames.map(({ endsEvent }) => endsEvent)).toEqual([false, true]);
    }
  });

  it("gives a newcomer the room and their place in it, the others both as well", () => {
    const { record, listen } = setUp();
    const [ada, bob, eve] = listen(ADA, BOB, EVE) as [TestListener, TestListener, TestListener];
    record(joined(BOB, RED, 1));
    expect([rows(ada), rows(bob), rows(eve)]).toEqual([["conversation", "member"], ["conversation", "member"], []]);
    expect(read(bob)[0]?.payload.value).toMatchObject({ id: RED, address: "#red", joined: true, memberCount: 2 });
    expect(read(bob)[1]?.payload.value).toMatchObject({ person: BigInt(BOB), joined: true, memberCount: 2 });
    record(posted(ADA, RED, 2));
    expect(rows(bob).at(-1)).toBe("message");
  });

  it("tells a leaver that they left and nothing after, within one record", () => {
    const { record, listen } = setUp();
    const [bob] = listen(BOB) as [TestListener];
    record(
      joined(BOB, RED, 1),
      posted(ADA, RED, 2),
      left(BOB, RED, 3),
      posted(ADA, RED, 4),
      roomRenamed(ADA, RED, 5, "rouge"),
    );
    expect(rows(bob)).toEqual(["conversation", "member", "message", "member"]);
    expect(read(bob).at(-1)?.payload.value).toMatchObject({ person: BigInt(BOB), joined: false });
    expect(bob.frames.at(-1)?.endsEvent).toBe(true);
  });

  it("tells a rename to those who share a conversation, and to oneself", () => {
    const { record, listen } = setUp();
    record(posted(ADA, AB, 1));
    const [ada, bob, eve] = listen(ADA, BOB, EVE) as [TestListener, TestListener, TestListener];
    record(renamed(ADA, "adele", 2));
    expect([rows(ada), rows(bob), rows(eve)]).toEqual([["user"], ["user"], []]);
    expect(read(bob)[0]?.payload.value).toMatchObject({ id: BigInt(ADA), handle: "adele" });
  });

  it("tells a removal as places left and a person without a name", () => {
    const { record, listen } = setUp();
    record(joined(BOB, RED, 1), posted(ADA, AB, 2));
    const [ada] = listen(ADA) as [TestListener];
    record(removed(BOB, 3));
    expect(rows(ada)).toEqual(["conversation", "member", "user"]);
    expect(read(ada).at(-1)?.payload.value).toMatchObject({ id: BigInt(BOB), handle: "", removed: true });
    expect(ada.frames.map(({ endsEvent }) => endsEvent)).toEqual([false, false, true]);
  });

  it("tells somebody of their own removal and of nothing after it, within one record", () => {
    const { record, listen, hub } = setUp();
    record(joined(BOB, RED, 1), posted(ADA, AB, 2));
    const [bob, other, ada] = listen(BOB, BOB, ADA) as [TestListener, TestListener, TestListener];
    record(removed(BOB, 3), reacted(ADA, AB, 4, seqOf(3, 1)));
    for (const one of [bob, other]) {
      // Of the two rooms he is in, and of himself.
      expect(rows(one)).toEqual(["member", "member", "user"]);
      expect(one).toMatchObject({ parted: true, flushes: 1 });
      hub.remove(one);
    }
    expect(rows(ada)).toEqual(["conversation", "member", "user", "message"]);
    expect([ada.parted, hub.people]).toEqual([false, 1]);
  });

  it("delivers messages to anybody, whenever they came and went, exactly as the membership of the moment allows", () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), fc.nat(40), fc.nat(40), (events, from, to) => {
        const { hub, projection, record } = setUp();
        const bob = listener(BOB);
        const expected: number[] = [];
        events.forEach((event, index) => {
          if (index === from) hub.add(bob);
          if (index === to) hub.remove(bob);
          const [seq] = record(event) as [number];
          const changed = projection.database.prepare("SELECT seq FROM message WHERE version = ?").get(seq) as
            { seq: number } | undefined;
          const conversation = changed && projection.messages.row(changed.seq)?.conversation;
          const mayRead = conversation !== undefined && projection.state.member(conversation, BOB)?.joined === true;
          if (mayRead && index >= from && (to < from || index < to)) expected.push(seq);
        });
        const got = read(bob).flatMap(({ payload }) =>
          payload.case === "message" ? [Number(payload.value.version)] : [],
        );
        expect(got).toEqual(expected);
        // Each event ends with a cursor, whatever its rows.
        const seqs = [...new Set(bob.frames.map(({ seq }) => seq))];
        expect(bob.frames.filter(({ endsEvent }) => endsEvent).map(({ seq }) => seq)).toEqual(seqs);
      }),
    );
  });

  it("keeps nothing of people who stopped listening", () => {
    const { hub, record } = setUp();
    const bob = listener(BOB);
    record(created(BOB, "own", 1));
    hub.add(bob);
    hub.remove(bob);
    hub.remove(bob);
    record(joined(BOB, RED, 2));
    expect([hub.people, bob.frames.length]).toEqual([0, 0]);
  });
});
