import { expect, it } from "vitest";
import { ADA, posted } from "../testing/events.ts";
import { AB, createWorld } from "../testing/world.ts";

it("notes what was erased within the open transaction, and so loses nothing where SQLite drops that one", () => {
  const { projection, record } = createWorld();
  const { database, erasures } = projection;
  const [first, second] = record(posted(ADA, AB, 1, "one"), posted(ADA, AB, 2, "two")) as [number, number];
  erasures.add(first);
  erasures.add(second);
  projection.commit();
  expect(database.isTransaction).toBe(false);

  erasures.done([first]);
  expect(database.isTransaction).toBe(true);
  erasures.seenErased([second], 5);
  database.exec("ROLLBACK"); // as SQLite does on a full disk
  projection.commit();
  expect(database.isTransaction).toBe(false);
  expect(erasures.due(6, 10)).toEqual([{ seq: second, wasErased: true }]);
});
