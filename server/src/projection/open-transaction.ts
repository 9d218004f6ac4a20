import type { DatabaseSync, SQLInputValue, StatementResultingChanges, StatementSync } from "node:sqlite";

/**
 * One long transaction, with a note of every change in it. SQLite drops a transaction that it can't commit (a full disk); its changes are then made again
 * in a new one, so that queries on this connection never lose what was applied.
 */
export interface OpenTransaction {
  /** Opens it where it is not open, with all that was not committed yet. Call before `run`. @throws SQLite's error: then it is not open */
  begin(): void;
  /** Changes rows, and notes how. */
  run(statement: StatementSync, ...parameters: SQLInputValue[]): StatementResultingChanges;
  /** Commits, after `last` within the same transaction. @throws SQLite's error: the transaction is made again where that is possible */
  commit(last: () => void): void;
  /** Lets go of what is not committed. */
  rollback(): void;
  /** Whether there is nothing to commit. */
  readonly isEmpty: boolean;
  /** Size of the texts and bytes in what is not committed. */
  readonly bytes: number;
}

/** No transaction is open yet. */
export function createOpenTransaction(database: DatabaseSync): OpenTransaction {
  const beginStatement = database.prepare("BEGIN");
  const commitStatement = database.prepare("COMMIT");
  let changes: { readonly statement: StatementSync; readonly parameters: SQLInputValue[] }[] = [];
  let bytes = 0;

  function begin(): void {
    if (database.isTransaction) return;
    beginStatement.run();
    try {
      for (const { statement, parameters } of changes) statement.run(...parameters);
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }

  return {
    begin,
    run(statement, ...parameters) {
      const result = statement.run(...parameters);
      changes.push({ statement, parameters });
      for (const value of parameters)
        if (typeof value === "object" && value !== null) bytes += value.byteLength;
        else if (typeof value === "string") bytes += value.length;
      return result;
    },
    commit(last) {
      begin();
      try {
        last();
        commitStatement.run();
      } catch (error) {
        begin();
        throw error;
      }
      changes = [];
      bytes = 0;
    },
    rollback() {
      changes = [];
      bytes = 0;
      if (database.isTransaction) database.exec("ROLLBACK");
    },
    get isEmpty() {
      return changes.length === 0;
    },
    get bytes() {
      return bytes;
    },
  };
}
