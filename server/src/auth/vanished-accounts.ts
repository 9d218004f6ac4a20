import type { Logger } from "pino";
import { ChatError } from "../errors.ts";
import type { KeyValue, KeyValueStore } from "../key-value.ts";
import type { RecordLog } from "../log/record-log.ts";

/**
 * Looks whether the accounts are there, before anybody can register: where they vanished from under a log with people in it, whoever takes a name
 * would read what its owner wrote. Keys that vanished cost everybody their sign-in and are only warned of.
 *
 * @param options.accept starts all the same
 * @throws ChatError `failed_precondition` with what to do
 */
export async function assertAccountsExist(options: {
  log: Pick<RecordLog, "head">;
  keyValue: KeyValueStore;
  accept: boolean;
  logger: Logger;
}): Promise<void> {
  const { log, keyValue, accept, logger } = options;
  // A person is in the log before they have an account; meanwhile what is to be done for them is noted in `account-work`.
  const head = await log.head();
  if (head === 0) return;
  if (await isEmpty(await keyValue.bucket("keys")))
    logger.warn(
      { alarm: "keys-vanished" },
      "the signing keys are gone: new ones are made, and everybody signs in again",
    );
  for (const name of ["accounts", "account-work"]) if (!(await isEmpty(await keyValue.bucket(name)))) return;
  const what = `The log has ${head} records and there is not a single account`;
  if (!accept) {
    throw new ChatError(
      "failed_precondition",
      `${what}: the accounts were lost. Whoever registers a name now would read what its owner wrote.\n` +
        "Restore the accounts from a backup. To start without them on purpose: --accept-no-accounts.",
    );
  }
  logger.warn({ alarm: "accounts-vanished" }, `${what}. It starts all the same, as it was told to.`);
}

async function isEmpty(bucket: KeyValue): Promise<boolean> {
  const stop = new AbortController();
  try {
    for await (const change of bucket.watch({ signal: stop.signal })) {
      if (change.state === "set") return false;
      if (change.state === "current") return true;
    }
    return true;
  } finally {
    stop.abort();
  }
}
