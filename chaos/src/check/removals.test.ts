import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
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
  event,
  EVE,
  joined,
  left,
  posted,
  reacted,
  RED,
  renamed,
} from "../../../server/src/testing/events.ts";
import type { Delivery } from "../history.ts";
import type { SeenRow } from "../rows.ts";
import { check } from "./check.ts";
import { askedFor, perfectHistory, type Story } from "./perfect-history.ts";
import { findTraces } from "./traces.ts";
import { truthOf } from "./truth.ts";

const [AB, AE] = [directId(ADA, BOB), directId(ADA, EVE)];
const removedWith = (actor: number, id: number, withMessages: boolean): Event =>
  event(actor, "", id, { case: "personRemoved", value: { withMessages } });

/** Eve goes with what she wrote, Bob without. What each of them and others try to do after that comes to nothing. */
const LOG: Event[][] = [
  addPeople(),
  addRooms(),
  [joined(BOB, RED, 2), joined(EVE, RED, 3)],
  [posted(EVE, RED, 4), posted(EVE, AE, 5), posted(BOB, AB, 6), posted(ADA, AB, 7), renamed(EVE, "eva", 8)],
  [deleted(EVE, RED, 9, seqOf(4, 0)), deleted(EVE, AE, 10, seqOf(4, 1)), removedWith(EVE, 11, true)],
  [posted(EVE, RED, 12), joined(EVE, RED, 13), posted(ADA, AE, 14), renamed(ADA, "eva", 15), renamed(BOB, "eve", 16)],
  [removedWith(BOB, 17, false), left(BOB, RED, 18), reacted(ADA, AB, 19, seqOf(4, 2)), removedWith(BOB, 20, true)],
];
const [EVE_LEFT, BOB_LEFT] = [seqOf(5, 2), seqOf(7, 0)];
const [EVES, BOBS] = [seqOf(4, 0), seqOf(4, 2)];

/** What servers take out of the log: texts that were deleted or came to nothing, and every name of the two. */
const DUE = new Set([
  ...[ADA, BOB, EVE].slice(1),
  ...[EVES, seqOf(4, 1), seqOf(4, 4), seqOf(6, 0), seqOf(6, 2), seqOf(6, 3), seqOf(6, 4)],
]);
const encoded = (isErased: (seq: number) => boolean): Uint8Array[] =>
  LOG.map((events, record) =>
    encodeRecord({
      origin: "s",
      batch: record + 1,
      events: events.map((each, index) =>
        toBinary(EventSchema, (isErased(seqOf(record + 1, index)) ? withoutTexts(each) : undefined) ?? each),
      ),
    }),
  );

const users = new Map([
  [ADA, "ada"],
  [BOB, "bob"],
  [EVE, "eve"],
]);
const cast = { users, caughtUpAt: seqOf(4, 4095), end: seqOf(99, 0) };
const plain = truthOf(encoded(() => false));
/** The deletions are the server's own, which nobody asked for. */
const operations = askedFor(plain, cast, () => undefined).filter(({ asked: { kind } }) => kind !== "messageDeleted");
const truth = truthOf(
  encoded((seq) => DUE.has(seq)),
  operations,
  users,
);
const perfect = (): Story => perfectHistory(truth, operations, cast);

function kindsAfter(spoil: (story: Story) => void): string[] {
  const story = perfect();
  spoil(story);
  return [...new Set(check(story, truth).violations.map(({ kind }) => kind))];
}

function stream({ watches }: Story, person: number): Delivery[] {
  const watch = watches[[...users.keys()].indexOf(person)]!;
  Object.assign(watch, { told: undefined }); // what is spoilt here is not told to listeners
  return watch.sittings[0]!.deliveries;
}

const rowAt = (key: string, seq: number): SeenRow => truth.timeline.at(key, seq)!.row;

describe("the checker, of those who removed their accounts", () => {
  it("finds nothing where every promise is kept", () => {
    expect(check(perfect(), truth).violations).toEqual([]);
    expect(truth.removed).toMatchObject([
      { person: EVE, seq: EVE_LEFT, withMessages: true, names: ["eve", "eva"] },
      { person: BOB, seq: BOB_LEFT, withMessages: false, names: ["bob"] },
    ]);
  });

  it("knows what follows from a removal: nothing of theirs is taken, they are in no room, nobody gets their handle", () => {
    const after = truth.events.filter(({ seq }) => seq > EVE_LEFT).map(({ actor, asked: { kind } }) => [actor, kind]);
    expect(after).toEqual([
      [BOB, "personRemoved"],
      [ADA, "reactionAdded"],
    ]);
    expect([truth.person("eve"), truth.person("eva"), truth.person("bob")]).toEqual([EVE, EVE, BOB]);
    expect(truth.timeline.stays(RED, EVE)).toEqual([{ from: seqOf(3, 1), to: EVE_LEFT }]);
    expect(truth.timeline.stays(AE, EVE)).toEqual([{ from: seqOf(4, 1), to: Infinity }]);
    expect(rowAt(`user/${EVE}`, EVE_LEFT - 1).digest).toBe(JSON.stringify([EVE, "eva", "eve", false, seqOf(4, 4)]));
    expect(rowAt(`user/${EVE}`, EVE_LEFT).digest).toBe(JSON.stringify([EVE, "", "", true, EVE_LEFT]));
  });

  it("owes the news to those in their rooms and to whom they wrote, and to them nothing after it", () => {
    const toldAt = (person: number, seq: number): string[] =>
      truth.timeline.told(person, seq - 1, seq).map(({ row }) => row.key);
    const place = [`conversation/${RED}`, `member/${RED}/${EVE}`];
    expect(toldAt(ADA, EVE_LEFT)).toEqual([...place, `user/${EVE}`]);
    expect(toldAt(BOB, EVE_LEFT)).toEqual(place);
    expect(toldAt(EVE, EVE_LEFT)).toEqual([`member/${RED}/${EVE}`, `user/${EVE}`]);
    expect(toldAt(ADA, seqOf(7, 2))).toEqual([`message/${BOBS}`]);
    expect(toldAt(BOB, seqOf(7, 2))).toEqual([]);
  });

  it("takes their row without its names, and the id where their address was, as a server has them that reads the log late", () => {
    const named = rowAt(`user/${EVE}`, EVE_LEFT - 1);
    const nameless = (handle: string, shown: string): SeenRow => ({
      ...named,
      digest: JSON.stringify([EVE, handle, shown, false, named.version]),
    });
    expect(kindsAfter(({ rows }) => rows.push(named, nameless("", ""), nameless("eva", "eva")))).toEqual([]);
    expect(kindsAfter(({ rows }) => rows.push(nameless("mallory", "mallory")))).toEqual(["forged"]);
    const addressed = (story: Story, id: string, address: string): void => {
      const deliveries = stream(story, ADA);
      const at = deliveries.findIndex(({ key }) => key === `conversation/${id}`);
      deliveries[at] = { ...deliveries[at]!, address };
    };
    expect(kindsAfter((story) => addressed(story, AE, AE))).toEqual([]);
    expect(kindsAfter((story) => addressed(story, AE, "@bob"))).toEqual(["forged"]);
    expect(kindsAfter((story) => addressed(story, AE, AB))).toEqual(["forged"]);
  });

  const asOf = (key: string, seq: number): Delivery => ({ ...rowAt(key, seq), seq, isLive: true });
  const spoilt: [string, string[], (story: Story) => void][] = [
    [
      "an acknowledged removal that never happened",
      ["lost"],
      ({ operations: all }) =>
        void all.push({ ...all[0]!, clientId: "elsewhere", asked: { kind: "personRemoved", withMessages: false } }),
    ],
    [
      "a removal that was refused",
      ["forged"],
      ({ operations: all }) => {
        const at = all.findIndex(({ asked }) => asked.kind === "personRemoved");
        all[at] = { ...all[at]!, result: { kind: "refused", code: "NotFound" } };
      },
    ],
    [
      "a removal that went the other way than was asked for",
      ["forged"],
      ({ operations: all }) => {
        const at = all.findLastIndex(({ asked }) => asked.kind === "personRemoved");
        all[at] = { ...all[at]!, asked: { kind: "personRemoved", withMessages: true } };
      },
    ],
    [
      "a removal that nobody asked for",
      ["forged"],
      ({ operations: all }) =>
        void all.splice(
          all.findIndex(({ asked }) => asked.kind === "personRemoved"),
          1,
        ),
    ],
    [
      "an acknowledged message of somebody who had been removed",
      ["lost"],
      ({ operations: all }) =>
        void all.push({
          ...all.find(({ user, asked }) => user === "eve" && asked.kind === "messagePosted")!,
          clientId: "elsewhere",
          result: { kind: "acknowledged", seq: seqOf(6, 0) },
        }),
    ],
    [
      "a handle of theirs that another person got",
      ["forged"],
      ({ rows }) =>
        void rows.push({
          key: `user/${ADA}`,
          version: seqOf(6, 3),
          digest: `[${ADA},"eva","eva",false,${seqOf(6, 3)}]`,
        }),
    ],
    [
      "a row of theirs that says they are still there",
      ["forged"],
      ({ rows }) =>
        void rows.push({ key: `user/${EVE}`, version: EVE_LEFT, digest: `[${EVE},"eva","eva",false,${EVE_LEFT}]` }),
    ],
    [
      "somebody in their room who never learns of it",
      ["lost"],
      (story) => {
        const deliveries = stream(story, BOB);
        deliveries.splice(
          deliveries.findIndex(
            ({ key }) => key === `member/${RED}/${EVE}` && rowAt(key, EVE_LEFT).version === EVE_LEFT,
          ),
          1,
        );
      },
    ],
    [
      "what others did after it, sent to them",
      ["leaked"],
      (story) => void stream(story, BOB).push(asOf(`message/${BOBS}`, seqOf(7, 2))),
    ],
    [
      "what others did after it, on a page of theirs",
      ["leaked"],
      ({ pages }) =>
        void pages.push({
          client: "bob-1",
          user: "bob",
          conversation: AB,
          after: undefined,
          messages: [
            { ...rowAt(`message/${BOBS}`, seqOf(7, 2)), seq: BOBS },
            { ...rowAt(`message/${seqOf(4, 3)}`, seqOf(7, 2)), seq: seqOf(4, 3) },
          ],
        }),
    ],
  ];
  it.each(spoilt)("catches %s", (_name, kinds, spoil) => {
    expect(kindsAfter(spoil)).toEqual(kinds);
  });

  it("catches a message that stands though its sender asked for it to go, and one that a server deleted unasked", () => {
    const changed = (record: number, events: Event[]): string[] => {
      const log = LOG.map((each, index) => (index + 1 === record ? events : each));
      const records = log.map((each, index) =>
        encodeRecord({ origin: "s", batch: index + 1, events: each.map((one) => toBinary(EventSchema, one)) }),
      );
      const story = { ...perfect(), watches: [] };
      return check(story, truthOf(records, operations, users), new Set([...DUE, seqOf(4, 3)])).violations.map(
        ({ kind, text }) => `${kind}: ${text}`,
      );
    };
    expect(changed(5, LOG[4]!)).toEqual([]);
    // The first deletion is left out: something that comes to nothing stands in its place.
    expect(changed(5, [joined(EVE, RED, 9), ...LOG[4]!.slice(1)])).toEqual([
      expect.stringContaining(`kept: message ${EVES} of ${EVE} stands`),
    ]);
    expect(changed(7, [LOG[6]![0]!, deleted(ADA, AB, 21, seqOf(4, 3)), ...LOG[6]!.slice(2)])).toEqual([
      expect.stringContaining("forged: nobody asked for"),
    ]);
  });

  it("catches a name that is still in the log, in its own event or in one that came to nothing, unless it is still due", () => {
    const story = { ...perfect(), watches: [] };
    for (const seq of [EVE, seqOf(4, 4), seqOf(6, 3)]) {
      const unerased = truthOf(
        encoded((each) => DUE.has(each) && each !== seq),
        operations,
        users,
      );
      expect(check(story, unerased).violations).toMatchObject([
        { kind: "kept", text: expect.stringContaining(`at ${seq}`) as string },
      ]);
      expect(check(story, unerased, new Set([seq])).violations).toEqual([]);
    }
  });

  it("catches a trace of them in a record or in a row of a read model, and tells of one in unused space", async () => {
    const directory = await mkdtemp(join(tmpdir(), "chat-traces-"));
    try {
      let made = 0;
      const look = async (
        records: Uint8Array[],
        file: { row?: string | Uint8Array; unused?: string } = {},
        due = new Set<number>(),
      ): Promise<string[]> => {
        const path = join(directory, `${++made}.db`);
        const database = new DatabaseSync(path);
        database.exec("CREATE TABLE person (handle)");
        database.prepare("INSERT INTO person VALUES (?)").run(file.row ?? "eve");
        database.close();
        await appendFile(path, file.unused ?? "");
        const where = { records, projections: [path], due };
        const { violations, notes } = findTraces({ operations, truth, handles: ["mallory"], ...where });
        return [...violations.map(({ kind, text }) => `${kind}: ${text}`), ...notes];
      };
      const erased = encoded((seq) => DUE.has(seq));
      expect(await look(erased)).toEqual([]);
      const unerased = encoded((seq) => DUE.has(seq) && seq !== EVES);
      expect(await look(unerased)).toEqual([expect.stringContaining("kept: record 4 still has text 4 of")]);
      expect(await look(unerased, {}, new Set([EVES]))).toEqual([]);
      for (const row of ["is mallory", Buffer.from("is mallory")])
        expect(await look(erased, { row })).toEqual([expect.stringMatching(/^kept: .* still has mallory of/)]);
      expect(await look(erased, { unused: "text 4" })).toEqual([expect.stringContaining("in unused space")]);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
