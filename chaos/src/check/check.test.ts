import { toBinary } from "@bufbuild/protobuf";
import { type Event, EventSchema } from "@chat/proto/chat/log/v1/event";
import { describe, expect, it } from "vitest";
import { directId } from "../../../server/src/domain/conversation-id.ts";
import { withoutTexts } from "../../../server/src/domain/fold.ts";
import { seqOf } from "../../../server/src/log/position.ts";
import { encodeRecord } from "../../../server/src/log/record-codec.ts";
import {
  ADA,
  addPeople,
  addRooms,
  BOB,
  deleted,
  edited,
  EVE,
  joined,
  left,
  pinned,
  posted,
  reacted,
  RED,
  renamed,
  roomRenamed,
} from "../../../server/src/testing/events.ts";
import type { Delivery, Page } from "../history.ts";
import type { SeenRow } from "../rows.ts";
import { check } from "./check.ts";
import { askedFor, perfectHistory, type Story } from "./perfect-history.ts";
import { truthOf } from "./truth.ts";

const AB = directId(ADA, BOB);
/** The message that gets edited, reacted to and pinned, and the one that gets deleted. */
const [KEPT, DELETED] = [seqOf(4, 0), seqOf(4, 1)];

const LOG: Event[][] = [
  addPeople(),
  addRooms(),
  [joined(BOB, RED, 2)],
  [posted(ADA, RED, 3), posted(ADA, RED, 4), posted(ADA, AB, 5)],
  [edited(ADA, RED, 6, KEPT), edited(ADA, RED, 7, DELETED), reacted(BOB, RED, 8, KEPT), posted(BOB, RED, 9)],
  [posted(BOB, RED, 9), posted(EVE, RED, 10), pinned(BOB, RED, 11, KEPT), renamed(BOB, "bobby", 12)],
  [deleted(ADA, RED, 13, DELETED), left(BOB, RED, 14), posted(ADA, RED, 15), roomRenamed(ADA, RED, 16, "rouge")],
];

/** Where those who watch have caught up. */
const CAUGHT_UP = seqOf(4, 4095);
const END = seqOf(99, 0);

const encoded = (log: readonly (readonly Event[])[]): Uint8Array[] =>
  log.map((events, index) =>
    encodeRecord({
      origin: "s",
      batch: index + 1,
      events: events.map((event) => toBinary(EventSchema, event)),
    }),
  );

/** The log once servers have erased in it what they had to: record 6 begins with a repeat, and then a refused event. */
const erasedLog = LOG.map((events, record) =>
  events.map((event, index) => {
    const seq = seqOf(record + 1, index);
    const isDue = [DELETED, seqOf(5, 1), seqOf(6, 0), seqOf(6, 1)].includes(seq);
    return isDue ? (withoutTexts(event) ?? event) : event;
  }),
);

/** What was asked for, of the whole log: the first of each client_id, and the one that was refused. */
const plain = truthOf(encoded(LOG));
const USERS = new Map([
  [ADA, "ada"],
  [BOB, "bob"],
  [EVE, "eve"],
]);
const cast = { users: USERS, caughtUpAt: CAUGHT_UP, end: END };
const operations = askedFor(plain, cast, ({ asked: { kind }, conversation }) => {
  const to = { memberJoined: "#red", memberLeft: "#rouge", messagePosted: conversation === AB ? AB : "#red" };
  return to[kind as keyof typeof to];
});
operations[3] = { ...operations[3]!, result: { kind: "unknown" } };
const truth = truthOf(encoded(erasedLog), operations);

const perfect = (): Story => perfectHistory(truth, operations, cast);

function kindsAfter(spoil: (story: Story) => void): string[] {
  const story = perfect();
  spoil(story);
  return [...new Set(check(story, truth).violations.map(({ kind }) => kind))];
}

/** Deliveries of a person's stream, and where those of a row stand in them. */
function stream(story: Story, person: number): Delivery[] {
  return story.watches[[...USERS.keys()].indexOf(person)]!.sittings[0]!.deliveries;
}
const placeOf = (deliveries: readonly Delivery[], seq: number): number =>
  deliveries.findIndex((delivery) => delivery.seq === seq);

const LIVE_EDIT = seqOf(5, 0);

describe("the checker", () => {
  it("finds nothing in a history that keeps every promise, and accounts for what got no answer", () => {
    const verdict = check(perfect(), truth);
    expect(verdict.violations).toEqual([]);
    expect(verdict).toMatchObject({ acknowledged: operations.length - 1, unknown: 1, unknownHappened: 1 });
    expect(verdict.deliveries).toBeGreaterThan(30);
    expect(truth.repeats).toBe(1);
    expect(truth.events).toHaveLength(LOG.flat().length - 2);
  });

  it("knows what each row came to, and what a reader who was away is owed", () => {
    const { timeline } = truth;
    expect(timeline.versions(`message/${KEPT}`).map(({ seq }) => seq)).toEqual([
      KEPT,
      LIVE_EDIT,
      seqOf(5, 2),
      seqOf(6, 2),
    ]);
    expect([...timeline.changed(ADA, CAUGHT_UP, END).keys()].sort()).toEqual(
      [
        `conversation/${RED}`,
        `member/${RED}/${BOB}`,
        `message/${KEPT}`,
        `message/${DELETED}`,
        `message/${seqOf(5, 3)}`,
        `message/${seqOf(7, 2)}`,
        `user/${BOB}`,
      ].sort(),
    );
    expect([...timeline.changed(BOB, CAUGHT_UP, END).keys()].sort()).toEqual([`member/${RED}/${BOB}`, `user/${BOB}`]);
    expect(timeline.at(`message/${DELETED}`, LIVE_EDIT + 1)?.row.digest).toContain("edit 7");
    expect(timeline.at(`message/${DELETED}`, END)?.row.digest).not.toContain("edit 7");
    expect([truth.person("bob"), truth.person("bobby"), truth.conversation("#red", EVE)]).toEqual([BOB, BOB, RED]);
  });

  it("does not owe a client what came before it or after it was last told to be caught up", () => {
    const late = ({ watches }: Story): void => {
      const [ada] = watches;
      const { deliveries } = ada!.sittings[0]!;
      const last = deliveries.at(-1)!;
      const within = deliveries.filter(({ seq, isLive }) => isLive && seq < last.seq);
      watches[0] = {
        ...ada!,
        told: undefined,
        sittings: [{ from: CAUGHT_UP, caughtUpAt: CAUGHT_UP, to: last.seq - 1, deliveries: within }],
      };
    };
    expect(kindsAfter(late)).toEqual([]);
  });

  it("takes a deleted message's row without its text, as a server has it that reads the log late", () => {
    const blank = (story: Story, text: string): void => {
      const deliveries = stream(story, ADA);
      const at = placeOf(deliveries, DELETED);
      const digest = deliveries[at]!.digest.replace("text 4", text);
      deliveries.splice(at, 1, { ...deliveries[at]!, digest });
    };
    expect(kindsAfter((story) => blank(story, ""))).toEqual([]);
    expect(kindsAfter((story) => blank(story, "text 5"))).toEqual(["forged"]);
  });

  const spoilt: [string, string, (story: Story) => void][] = [
    [
      "an acknowledged event that the log does not have",
      "lost",
      ({ operations: all }) => void all.push({ ...all[0]!, clientId: "elsewhere" }),
    ],
    [
      "a granted reaction that never was there",
      "lost",
      ({ operations: all }) =>
        void all.push({
          ...all[0]!,
          clientId: "elsewhere",
          asked: { kind: "reactionAdded", message: KEPT, emoji: "🎉" },
          result: { kind: "granted" },
        }),
    ],
    [
      "a row that never reached its reader live",
      "lost",
      (story) => {
        const deliveries = stream(story, ADA);
        deliveries.splice(placeOf(deliveries, LIVE_EDIT), 1);
        story.watches[0] = { ...story.watches[0]!, told: undefined };
      },
    ],
    [
      "a row that was left out on catching up",
      "lost",
      (story) => {
        const deliveries = stream(story, BOB);
        deliveries.splice(placeOf(deliveries, KEPT), 1);
        story.watches[1] = { ...story.watches[1]!, told: undefined };
      },
    ],
    ["a change that the SDK kept to itself", "lost", ({ watches }) => void (watches[0]!.told as SeenRow[]).pop()],
    [
      "a change that the SDK told of twice",
      "doubled",
      ({ watches }) => void (watches[0]!.told as SeenRow[]).push(watches[0]!.told!.at(-1)!),
    ],
    [
      "an event delivered again",
      "doubled",
      (story) => {
        const deliveries = stream(story, ADA);
        deliveries.push(deliveries.at(-1)!);
      },
    ],
    [
      "two events in the wrong order",
      "reordered",
      (story) => {
        const deliveries = stream(story, ADA);
        const at = placeOf(deliveries, LIVE_EDIT);
        deliveries.splice(at, 2, deliveries[at + 1]!, deliveries[at]!);
      },
    ],
    [
      "a row of a conversation of others",
      "leaked",
      (story) => {
        const { row } = truth.timeline.told(ADA, CAUGHT_UP, END).find(({ seq }) => seq === LIVE_EDIT)!;
        stream(story, EVE).push({ ...row, seq: LIVE_EDIT, isLive: true });
        story.watches[2] = { ...story.watches[2]!, told: undefined };
      },
    ],
    [
      "what a room said after its reader had left",
      "leaked",
      (story) => {
        const seq = seqOf(7, 2);
        const { row } = truth.timeline.told(ADA, CAUGHT_UP, END).find((each) => each.seq === seq)!;
        stream(story, BOB).push({ ...row, seq, isLive: true });
        story.watches[1] = { ...story.watches[1]!, told: undefined };
      },
    ],
    ["an event that nobody asked for", "forged", ({ operations: all }) => void all.pop()],
    [
      "an event with another text than was sent",
      "forged",
      ({ operations: all }) => {
        const at = all.findIndex(({ asked }) => asked.text === "edit 6");
        all.splice(at, 1, { ...all[at]!, asked: { ...all[at]!.asked, text: "other" } });
      },
    ],
    [
      "an acknowledgement of the wrong place",
      "forged",
      ({ operations: all }) => void all.splice(2, 1, { ...all[2]!, result: { kind: "acknowledged", seq: 1 } }),
    ],
    [
      "a refused event that happened",
      "forged",
      ({ operations: all }) => void all.splice(2, 1, { ...all[2]!, result: { kind: "refused", code: "not_found" } }),
    ],
    [
      "a row with other content",
      "forged",
      (story) => void stream(story, ADA).splice(0, 1, { ...stream(story, ADA)[0]!, digest: "" }),
    ],
    [
      "a row of an answer with other content",
      "forged",
      ({ rows }) => void rows.push({ key: `user/${ADA}`, version: ADA, digest: "" }),
    ],
    [
      "a cursor that was not honoured",
      "reset",
      ({ watches }) => void watches.splice(0, 1, { ...watches[0]!, resets: 1 }),
    ],
    [
      "a life that goes on after what the one before had",
      "lost",
      ({ watches }) => void watches.push({ ...watches[0]!, continues: { client: "ada-0", to: -1 } }),
    ],
  ];
  it.each(spoilt)("catches %s", (_name, kind, spoil) => {
    expect(kindsAfter(spoil)).toEqual([kind]);
  });

  it("catches an event that the log settled twice", () => {
    const last = truth.events.at(-1)!;
    const twice = { ...truth, events: [...truth.events, { ...last, seq: last.seq + 999_999 }] };
    expect(check({ ...perfect(), watches: [] }, twice).violations.map(({ kind }) => kind)).toContain("doubled");
  });

  it("catches a deleted text that is still in the log, in its own event or in a repeat, unless it is still due", () => {
    const unerased = truthOf(encoded(LOG), operations);
    const story = { ...perfect(), watches: [] };
    expect(new Set(check(story, unerased).violations.map(({ kind }) => kind))).toEqual(new Set(["kept"]));
    expect(check(story, unerased, new Set([DELETED, seqOf(5, 1)])).violations).toEqual([]);
    const repeated = erasedLog.map((events, record) =>
      record === 5 ? [posted(ADA, RED, 4), ...events.slice(1)] : events,
    );
    expect(check(story, truthOf(encoded(repeated), operations)).violations).toEqual([
      { kind: "kept", text: expect.stringContaining(String(seqOf(6, 0))) as string },
    ]);
  });

  describe("of pages", () => {
    const red = truth.timeline.messages(RED);
    const [first = 0, second = 0] = red;
    const rowAt = (seq: number, at: number): SeenRow & { seq: number } => ({
      ...(truth.timeline.at(`message/${seq}`, at)?.row ?? { key: `message/${seq}`, version: seq, digest: "nothing" }),
      seq,
    });
    const pageOf = (seqs: readonly number[], change: Partial<Page> = {}): string[] => {
      const messages = seqs.map((seq) => rowAt(seq, END));
      return kindsAfter(({ pages }) =>
        pages.push({ client: "ada-1", user: "ada", conversation: "#red", after: undefined, messages, ...change }),
      );
    };

    it("finds nothing in an unbroken run, as of any one position", () => {
      expect(red).toHaveLength(4);
      expect(pageOf(red)).toEqual([]);
      expect(pageOf(red.slice(1), { after: first })).toEqual([]);
      expect(pageOf([], { messages: [first, second].map((seq) => rowAt(seq, seqOf(5, 1))) })).toEqual([]);
    });

    it("finds rows that never stood beside each other", () => {
      expect(pageOf([], { messages: [rowAt(first, END), rowAt(second, seqOf(5, 0))] })).toEqual(["diverged"]);
    });

    it("finds one left out", () => {
      expect(pageOf([first, ...red.slice(2)])).toEqual(["lost"]);
      expect(pageOf(red.slice(2), { after: first })).toEqual(["lost"]);
    });

    it("finds two in another order", () => {
      expect(pageOf([second, first])).toEqual(["reordered"]);
    });

    it("finds one that nobody wrote, or that says something else", () => {
      expect(pageOf([first, second], { messages: [{ ...rowAt(first, END), digest: "other words" }] })).toContain(
        "forged",
      );
      expect(pageOf([], { messages: [{ key: "message/9", version: 9, digest: "[]", seq: 9 }] })).toContain("forged");
    });

    it("finds one of another conversation, a reader who was never there, and one who had left", () => {
      expect(pageOf([truth.timeline.messages(AB)[0] ?? 0])).toEqual(["leaked"]);
      expect(pageOf(red, { user: "eve" })).toEqual(["leaked"]);
      expect(pageOf(red, { user: "bob" })).toEqual(["leaked"]);
    });
  });
});
