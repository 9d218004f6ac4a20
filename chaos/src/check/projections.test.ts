import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { toBinary } from "@bufbuild/protobuf";
import { EventSchema } from "@chat/proto/chat/log/v1/event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createChainWalk } from "../../../server/src/log/chain.ts";
import { decodeRecord, encodeRecord } from "../../../server/src/log/record-codec.ts";
import { createProjection } from "../../../server/src/projection/projection.ts";
import { ADA, addPeople, addRooms, BOB, joined, posted, RED } from "../../../server/src/testing/events.ts";
import { checkProjections, dueErasures } from "./projections.ts";

const EPOCH = "epoch";
const records = [addPeople(), addRooms(), [joined(BOB, RED, 2)], [posted(ADA, RED, 3)]].map((events, index) =>
  encodeRecord({
    origin: "s",
    batch: index + 1,
    events: events.map((event) => toBinary(EventSchema, event)),
  }),
);
const log = { epoch: EPOCH, records };

describe("the check of projections", () => {
  let directory = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "chat-projections-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** A server's projection, after so many records. */
  function projectionAfter(count: number): string {
    const path = join(directory, "projection.db");
    const projection = createProjection({ path, epoch: EPOCH });
    const walk = createChainWalk(projection);
    for (const [index, data] of records.slice(0, count).entries())
      projection.apply([walk(index + 1, decodeRecord(data))], () => {});
    projection.close();
    return path;
  }

  it("finds nothing where a server has made of the log what the log says", () => {
    expect(checkProjections({ one: projectionAfter(4) }, log)).toEqual([]);
  });

  it("finds a server that is behind", () => {
    const violations = checkProjections({ one: projectionAfter(3) }, log);
    expect(violations.map(({ kind }) => kind)).toContain("diverged");
    expect(violations.map(({ text }) => text).join()).toContain("one's table event");
  });

  it("finds a single value that differs", () => {
    const path = projectionAfter(4);
    const database = new DatabaseSync(path);
    database.exec("UPDATE member SET joined_seq = joined_seq + 1 WHERE version = (SELECT max(version) FROM member)");
    database.close();
    expect(checkProjections({ one: path }, log)).toEqual([
      { kind: "diverged", text: expect.stringContaining("one's table member") as string },
    ]);
  });

  it("leaves out what is still to be erased, and tells what all servers have still to erase", () => {
    const path = projectionAfter(4);
    const database = new DatabaseSync(path);
    database.exec("INSERT INTO erasure (seq) VALUES (7), (8)");
    database.close();
    expect(checkProjections({ one: path }, log)).toEqual([]);
    expect([...dueErasures({ one: path })]).toEqual([7, 8]);
  });
});
