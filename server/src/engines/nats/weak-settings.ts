import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from "@nats-io/jetstream";

/** The oldest nats-server without known ways to lose a stream after a crash (nats-server#6188, #6888), and with `sync_interval: always`. */
export const OLDEST_NATS = "2.10.27";

/** What is looked at. */
export type StreamSettings = Pick<
  StreamConfig,
  "storage" | "num_replicas" | "retention" | "discard" | "deny_purge" | "max_age" | "max_msgs" | "max_bytes"
> &
  Partial<Pick<StreamConfig, "max_msgs_per_subject" | "discard_new_per_subject">>;

/** Which settings of the stream remove records that the log has to keep, in words for the operator. */
export function losingSettings(config: StreamSettings): string[] {
  const losing: string[] = [];
  if (config.retention !== RetentionPolicy.Limits) losing.push(`retention ${config.retention}`);
  if (config.max_age > 0) losing.push("max_age");
  if ((config.max_msgs_per_subject ?? -1) > 0 && !config.discard_new_per_subject) losing.push("max_msgs_per_subject");
  if (config.discard !== DiscardPolicy.New) {
    if (config.max_msgs > 0) losing.push("max_msgs with discard old");
    if (config.max_bytes > 0) losing.push("max_bytes with discard old");
  }
  return losing;
}

/**
 * Where the settings of NATS promise less than the log should, in words for the operator. Whether NATS syncs each record (`sync_interval: always`)
 * can't be asked by a client of an ordinary account: docs/reliability.md says how to look.
 */
export function weakSettings(config: StreamSettings, serverVersion: string | undefined): string[] {
  const weak: string[] = [];
  if (config.storage !== StorageType.File) weak.push("it is kept in memory: a restart of NATS loses it");
  if (config.num_replicas < 3) {
    const copies = config.num_replicas === 1 ? "1 replica" : `${config.num_replicas} replicas`;
    weak.push(`it has ${copies}: losing a node loses it or stops it (NATS_REPLICAS=3 on a cluster)`);
  }
  if (config.retention !== RetentionPolicy.Limits)
    weak.push(`its retention is ${config.retention}: records are removed once they were read`);
  if (config.max_age > 0 || config.max_msgs > 0 || config.max_bytes > 0)
    weak.push("it has limits: old messages are lost or new ones refused when they are reached");
  if (config.discard !== DiscardPolicy.New) weak.push("it discards old records when it is full");
  if (!config.deny_purge) weak.push("it can be purged (deny_purge is off)");
  if (serverVersion !== undefined && isOlder(serverVersion, OLDEST_NATS))
    weak.push(
      `nats-server ${serverVersion} is older than ${OLDEST_NATS}, the first without known losses after a crash`,
    );
  return weak;
}

/** Compares the numbers of two versions; what follows them ("-beta.1") counts for nothing. */
function isOlder(version: string, than: string): boolean {
  const numbers = (text: string): number[] => text.split(/[.-]/, 3).map(Number);
  const [one, other] = [numbers(version), numbers(than)];
  const index = one.findIndex((number, place) => number !== other[place]);
  return index >= 0 && (one[index] ?? 0) < (other[index] ?? 0);
}
