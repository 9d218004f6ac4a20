import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { createOpenTransaction } from "./open-transaction.ts";

function setUp() {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT");
  const insert = database.prepare("INSERT INTO note (text) VALUES (?)");
  const transaction = createOpenTransaction(database);
  const rows = () => database.prepare("SELECT id, text FROM note ORDER BY id").all();
  /** As SQLite does on a full disk. */
  const dropped = (): void => {
    database.exec("ROLLBACK");
    throw new Error("disk full");
  };
  return { database, insert, transaction, rows, dropped };
}

describe("the open transaction", () => {
  it("shows every change again, under the same ids, after SQLite dropped it, and commits them later", () => {
    const { database, insert, transaction, rows, dropped } = setUp();
    transaction.begin();
    transaction.run(insert, "one");
    transaction.run(insert, "two");
    expect(() => transaction.commit(dropped)).toThrow("disk full");
    expect(() => transaction.commit(dropped)).toThrow("disk full");
    expect(rows()).toEqual([
      { id: 1, text: "one" },
      { id: 2, text: "two" },
    ]);
    transaction.begin();
    expect(transaction.run(insert, "three").lastInsertRowid).toBe(3);
    expect(transaction.bytes).toBe("onetwothree".length);
    transaction.commit(() => undefined);
    expect([database.isTransaction, rows().length, transaction.bytes]).toEqual([false, 3, 0]);
  });

  it("does what goes with a commit once, however often it was tried", () => {
    const { database, insert, transaction, rows, dropped } = setUp();
    transaction.begin();
    transaction.run(insert, "row");
    const last = (): void => void database.prepare("INSERT INTO note (text) VALUES ('last')").run();
    expect(() =>
      transaction.commit(() => {
        last();
        dropped();
      }),
    ).toThrow("disk full");
    transaction.commit(last);
    expect(rows().map(({ text }) => text)).toEqual(["row", "last"]);
  });

  it("makes nothing again of what was committed", () => {
    const { insert, transaction, rows, dropped } = setUp();
    transaction.begin();
    transaction.run(insert, "one");
    transaction.commit(() => undefined);
    transaction.begin();
    transaction.run(insert, "two");
    expect(() => transaction.commit(dropped)).toThrow();
    transaction.commit(() => undefined);
    expect(rows().map(({ text }) => text)).toEqual(["one", "two"]);
  });
});
