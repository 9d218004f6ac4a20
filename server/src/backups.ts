/** What a backup holds. */
export interface BackupSummary {
  readonly engine: "embedded" | "nats";
  /** Of the log it was made from. */
  readonly epoch: string;
  readonly records: number;
  /** The value of the chain at the newest record, hexadecimal. */
  readonly chain: string;
  /** ms since 1970 */
  readonly atMs: number;
}

/** Backs up what a server stores and puts it back. Adapters: `engines/<engine>/backups.ts`. */
export interface Backups {
  /**
   * Writes everything that is stored into a directory that is empty or missing. Servers may run: the log is taken first, so that what records
   * refer to (accounts, files) is in the backup too.
   * @throws ChatError `failed_precondition` for a directory that is not empty, `data_loss` for a log with holes
   */
  backup(directory: string): Promise<BackupSummary>;
  /**
   * Puts a backup in the place of what is stored. The log goes by a new epoch from then on: clients load everything again, and servers that run stop
   * before they apply anything of it.
   * @param options.replace whether a log that has records is replaced
   * @throws ChatError `failed_precondition` when there is a log with records and `replace` is not set, or the target is in use; `data_loss` for a damaged
   *   backup, before anything is changed
   */
  restore(directory: string, options: { replace: boolean }): Promise<BackupSummary>;
}
