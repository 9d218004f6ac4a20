import type { Event } from "@chat/proto/chat/v1/event";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCursorCodec } from "../log/cursor-codec.ts";
import { createProjection } from "../projection/projection.ts";
import { anyEvent, created, joined, left, posted, records } from "../testing/events.ts";
import type { Frame } from "./frame.ts";
import { createHub, type Hub, type Listener } from "./hub.ts";

interface Ear extends Listener {
  readonly frames: Frame[];
  flushes: number;
  isDue: boolean;
}

function ear(handle: string): Ear {
  const frames: Frame[] = [];
  return {
    handle,
    frames,
    flushes: 0,
    isDue: false,
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
  };
}

function setUp() {
  const projection = createProjection({ path: ":memory:", epoch: "e" });
  const hub = createHub({ roster: projection.roster, cursors: createCursorCodec("e") });
  let sequence = 0;
  return {
    hub,
    /** One record, applied and delivered as the tail does it. */
    record(...events: Event[]) {
      projection.apply(records([events], { first: ++sequence }), (applied) => hub.publish(applied));
      hub.flush();
    },
    /** What each person should have got by the members of each moment. */
    projection,
  };
}

const seqs = (one: Ear): number[] => one.frames.map((frame) => frame.seq);
const listen = (hub: Hub, ...ears: Ear[]): void => ears.forEach((one) => hub.add(one));

describe("the hub", () => {
  it("hands direct messages to both people's streams, all of them, and to nobody else", () => {
    const { hub, record } = setUp();
    const [ada, ada2, bob, eve] = [ear("ada"), ear("ada"), ear("bob"), ear("eve")] as const;
    listen(hub, ada, ada2, bob, eve);
    record(posted("ada", "@bob", 1));
    expect([ada, ada2, bob, eve].map((one) => seqs(one).length)).toEqual([1, 1, 1, 0]);
  });

  it("makes one frame an event, whatever the number of streams, and flushes each stream once a turn", () => {
    const { hub, record } = setUp();
    const ears = Array.from({ length: 5 }, () => ear("bob"));
    listen(hub, ...ears, ear("ada"));
    record(posted("ada", "@bob", 1), posted("ada", "@bob", 2), posted("bob", "@ada", 3));
    for (const one of ears) {
      expect(one.flushes).toBe(1);
      expect(one.frames).toHaveLength(3);
      one.frames.forEach((frame, index) => expect(frame).toBe(ears[0]?.frames[index]));
    }
  });

  it("tells a leaver that they left and nothing after, within one record", () => {
    const { hub, record } = setUp();
    const bob = ear("bob");
    listen(hub, bob);
    record(
      created("ada", "#red", 1),
      posted("ada", "#red", 2),
      joined("bob", "#red", 3),
      posted("ada", "#red", 4),
      left("bob", "#red", 5),
      posted("ada", "#red", 6),
    );
    expect(seqs(bob)).toEqual([4098, 4099, 4100]);
  });

  it("delivers to anybody, whenever they came and went, exactly what the membership of the moment allows", () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), fc.nat(40), fc.nat(40), (events, from, to) => {
        const { hub, projection } = setUp();
        const one = ear("bob");
        const expected: number[] = [];
        events.forEach((event, index) => {
          if (index === from) hub.add(one);
          if (index === to) hub.remove(one);
          projection.apply(records([[event]], { first: index + 1 }), (applied) => {
            hub.publish(applied);
            const entitled = [...applied.conversation.members, ...applied.removed].some(
              ({ handle }) => handle === "bob",
            );
            if (entitled && index >= from && (to < from || index < to)) expected.push(applied.seq);
          });
          hub.flush();
        });
        expect(seqs(one)).toEqual(expected);
      }),
    );
  });

  it("keeps nothing of people who stopped listening", () => {
    const { hub, record } = setUp();
    const bob = ear("bob");
    record(created("bob", "#red", 1));
    hub.add(bob);
    hub.remove(bob);
    hub.remove(bob);
    record(posted("bob", "#red", 2));
    expect([hub.people, bob.frames.length]).toEqual([0, 0]);
  });
});
