import { setImmediate } from "node:timers/promises";
import { toBinary } from "@bufbuild/protobuf";
import { type Event, EventSchema } from "@chat/proto/chat/log/v1/event";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { roomId } from "../domain/conversation-id.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { RecordLog } from "../log/record-log.ts";
import {
  added,
  clientId,
  created,
  deleted,
  edited,
  hashOf,
  joined,
  posted,
  reacted,
  renamed,
  roomRenamed,
  unreacted,
} from "./events.ts";
import { createServerOnLog, type ServerOnLog } from "./server-on-log.ts";

/** Races that go on at the same time: enough to share records, and few enough to meet in many of them. */
const AT_ONCE = 20;

/** Turns of the event loop by which one of two may come later. */
const LATE_TURNS_MAX = 3;

/** A log for one suite. */
export interface RacedLog extends AsyncDisposable {
  readonly log: RecordLog;
}

/**
 * Two servers take opposite wishes at the same moment, many times: whatever the log's order makes of it, both say the same of it, and so does one that reads
 * the log later.
 */
export function describeRaces(name: string, createLog: () => Promise<RacedLog>, rounds = 1_000): void {
  describe(`two servers that race on ${name}`, { timeout: 240_000 }, () => {
    let place: RacedLog;
    let servers: [ServerOnLog, ServerOnLog];
    let [ada, bob] = [0, 0];
    let room = "";
    let ids = 0;
    let chance = 1;

    beforeAll(async () => {
      place = await createLog();
      const start = (): Promise<ServerOnLog> => createServerOnLog({ log: place.log, now: () => 1_000_000 });
      servers = [await start(), await start()];
      [ada, bob] = [(await submit(0, added("ada", ++ids))).seq, (await submit(0, added("bob", ++ids))).seq];
      room = roomId((await submit(0, created(ada, "red", ++ids))).seq);
      await submit(0, joined(bob, room, ++ids));
    });
    afterAll(async () => {
      for (const server of servers) await server.close();
      await place[Symbol.asyncDispose]();
    });

    function submit(server: number, event: Event): Promise<{ seq: number; outcome: Outcome }> {
      return (servers[server] as ServerOnLog).settlement.submit(toBinary(EventSchema, event));
    }

    /** 0 to `max`, the same in every run. */
    function drawn(max: number): number {
      chance = (chance * 48_271) % 2_147_483_647;
      return chance % (max + 1);
    }

    /** Gives one event to each server at the same moment, now one and now the other a little later. */
    async function race(one: Event, other: Event): Promise<readonly [Outcome, Outcome]> {
      const late = [drawn(LATE_TURNS_MAX), drawn(LATE_TURNS_MAX)];
      const outcomes = [one, other].map(async (event, server) => {
        for (let turn = 0; turn < (late[server] ?? 0); turn++) await setImmediate();
        return (await submit(server, event)).outcome;
      });
      return Promise.all(outcomes) as unknown as Promise<readonly [Outcome, Outcome]>;
    }

    async function eachRound<T>(work: (round: number) => Promise<T>): Promise<T[]> {
      const results: T[] = [];
      for (let at = 0; at < rounds; at += AT_ONCE) {
        const batch = Array.from({ length: Math.min(AT_ONCE, rounds - at) }, (_, index) => work(at + index));
        results.push(...(await Promise.all(batch)));
      }
      return results;
    }

    async function caughtUp(): Promise<void> {
      const head = await place.log.head();
      while (servers.some(({ projection }) => projection.sequence < head)) await setImmediate();
    }

    /** Both, and one that is made from the log, have the same rows and hash. */
    async function expectEqual(): Promise<void> {
      await caughtUp();
      const rebuilt = await createServerOnLog({ log: place.log, now: () => 1_000_000 });
      try {
        const [first, ...others] = [...servers, rebuilt].map(({ projection }) => ({
          hash: Buffer.from(projection.hash).toString("hex"),
          rows: rowsOf(projection),
        }));
        expect(Object.keys(first?.rows ?? {})).toContain("message");
        for (const other of others) expect(other).toEqual(first);
      } finally {
        await rebuilt.close();
      }
    }

    const post = async (): Promise<number> => (await submit(0, posted(ada, room, ++ids))).seq;
    const message = (seq: number) => servers.map(({ projection }) => projection.state.message(seq));

    it("come to the same of an edit against a deletion: the message is gone", async () => {
      const edits = await eachRound(async () => {
        const seq = await post();
        const [edit, deletion] = await race(edited(ada, room, ++ids, seq), deleted(ada, room, ++ids, seq));
        expect(deletion.kind).toBe("accepted");
        if (edit.kind !== "accepted") expect(edit).toMatchObject({ refusal: { reason: "MESSAGE_DELETED" } });
        return { seq, isFirst: edit.kind === "accepted" };
      });
      expectBothOrders(edits.map(({ isFirst }) => isFirst));
      await caughtUp();
      for (const { seq } of edits)
        for (const row of message(seq)) expect(row).toMatchObject({ deleted: true, text: "", editedAt: undefined });
      await expectEqual();
    });

    it("come to the same of a reaction against its taking back: it is there unless it came first", async () => {
      const reactions = await eachRound(async () => {
        const seq = await post();
        const [reaction, back] = await race(reacted(bob, room, ++ids, seq), unreacted(bob, room, ++ids, seq));
        expect(reaction.kind).toBe("accepted");
        if (back.kind !== "accepted") expect(back).toMatchObject({ refusal: { reason: "NOT_REACTED" } });
        return { seq, isFirst: back.kind === "accepted" };
      });
      expectBothOrders(reactions.map(({ isFirst }) => isFirst));
      await caughtUp();
      for (const { seq, isFirst } of reactions)
        for (const row of message(seq)) expect(row?.reactions).toEqual(isFirst ? [] : [{ emoji: "👍", people: [bob] }]);
      await expectEqual();
    });

    it("come to the same of a rename against a rename: the later one stands, and both names lead there", async () => {
      const names = await eachRound(async (round) => {
        const own = roomId((await submit(0, created(ada, `room-${round}`, ++ids))).seq);
        const both = [`one-${round}`, `other-${round}`] as const;
        const outcomes = await race(roomRenamed(ada, own, ++ids, both[0]), roomRenamed(ada, own, ++ids, both[1]));
        expect(outcomes.map(({ kind }) => kind)).toEqual(["accepted", "accepted"]);
        return { own, both };
      });
      await caughtUp();
      const last = names.map(({ own, both }) => {
        const [one, other] = servers.map(({ projection }) => projection.state.conversation(own)?.name);
        expect(one).toBe(other);
        for (const { projection } of servers)
          for (const each of both) expect(projection.state.name(`#${each}`)).toEqual({ owner: own });
        return one === both[0];
      });
      expectBothOrders(last);
      await expectEqual();
    });

    it("come to the same of two rooms that take one name, and of two people who take one handle: the first has it", async () => {
      const winners = await eachRound(async (round) => {
        const rooms = await race(created(ada, `wanted-${round}`, ++ids), created(bob, `wanted-${round}`, ++ids));
        const people = await race(renamed(ada, `star-${round}`, ++ids), renamed(bob, `star-${round}`, ++ids));
        for (const [outcomes, reason] of [
          [rooms, "NAME_TAKEN"],
          [people, "HANDLE_TAKEN"],
        ] as const) {
          expect(outcomes.filter(({ kind }) => kind === "accepted")).toHaveLength(1);
          expect(outcomes.find(({ kind }) => kind !== "accepted")).toMatchObject({ refusal: { reason } });
        }
        return people[0].kind === "accepted";
      });
      expectBothOrders(winners);
      await caughtUp();
      for (const [round, isAda] of winners.entries()) {
        const key = `@${Buffer.from(hashOf(`star-${round}`)).toString("hex")}`;
        for (const { projection } of servers) expect(projection.state.name(key)).toEqual({ owner: isAda ? ada : bob });
      }
      await expectEqual();
    });

    it("come to the same of one client_id that both are given: it happens once", async () => {
      const kinds = await eachRound(async () => {
        const id = ++ids;
        const outcomes = await race(posted(ada, room, id, "twice"), posted(ada, room, id, "twice"));
        expect(servers[0].projection.state.first(ada, clientId(id))).toBeGreaterThan(0);
        return outcomes.map(({ kind }) => kind).sort();
      });
      for (const each of kinds) expect(each).toEqual(["accepted", "duplicate"]);
      await expectEqual();
    });

    /** Else it was no race. */
    function expectBothOrders(firsts: readonly boolean[]): void {
      expect(firsts).toHaveLength(rounds);
      expect(new Set(firsts)).toEqual(new Set([true, false]));
    }
  });
}

/** Every row of every table. */
function rowsOf(projection: ServerOnLog["projection"]): Record<string, string[]> {
  projection.commit(); // how far it is stands in a table from then on
  const { database } = projection;
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .all() as { name: string }[];
  return Object.fromEntries(
    tables.map(({ name }) => [
      name,
      database
        .prepare(`SELECT * FROM "${name}"`)
        .all()
        .map((row) =>
          JSON.stringify(row, (_, value: unknown) =>
            value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value,
          ),
        )
        .sort(),
    ]),
  );
}
