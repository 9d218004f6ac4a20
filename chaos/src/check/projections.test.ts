import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { create, toBinary } from "@bufbuild/protobuf";
import { EventSchema } from "@chat/proto/chat/v1/event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createChainWalk } from "../../../server/src/log/chain.ts";
import { decodeRecord, encodeRecord } from "../../../server/src/log/record-codec.ts";
import { createProjection } from "../../../server/src/projection/projection.ts";
import { created, joined, posted } from "../../../server/src/testing/events.ts";
import { checkProjections } from "./projections.ts";

const EPOCH = "epoch";
const records = [[created("ada", "#red", 1), joined("bob", "#red", 2)], [posted("ada", "#red", 3)]].map(
  (events, index) =>
    encodeRecord({
      origin: "s",
      batch: index + 1,
      events: events.map((event) => toBinary(EventSchema, create(EventSchema, event))),
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
    expect(checkProjections({ one: projectionAfter(2) }, log)).toEqual([]);
  });

  it("finds a server that is behind", () => {
    const violations = checkProjections({ one: projectionAfter(1) }, log);
    expect(violations.map(({ kind }) => kind)).toContain("diverged");
    expect(violations.map(({ text }) => text).join()).toContain("one's table event");
  });

  it("finds a single value that differs", () => {
    const path = projectionAfter(2);
    const database = new DatabaseSync(path);
    database.exec("UPDATE stay SET from_seq = from_seq + 1 WHERE rowid = 2");
    database.close();
    expect(checkProjections({ one: path }, log)).toEqual([
      { kind: "diverged", text: expect.stringContaining("one's table stay") as string },
    ]);
  });
});
