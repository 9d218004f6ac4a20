import type { Logger } from "pino";
import type { Bus } from "../bus.ts";
import { PLATFORM_TIMERS, type Timers } from "../environment.ts";

/** The subject on which servers tell their state hashes. */
export const STATE_SUBJECT = "chat.state";

/** How often a server tells its state. */
export const ANNOUNCE_MS = 5_000;

/** Hashes are told and compared at records that are multiples of this, so that servers meet at the same positions. */
const CHECKPOINT_RECORDS = 64;

/** Own checkpoints kept for comparison with those that come late. */
const CHECKPOINTS_KEPT = 1_024;

/** Of another server that has told nothing for so long, nothing is known any more. */
const PEER_SILENT_MS = 6 * ANNOUNCE_MS;

/** What a server tells. */
interface Announcement {
  readonly server: string;
  readonly epoch: string;
  readonly sequence: number;
  /** Hexadecimal. */
  readonly hash: string;
  /** The value of the chain there, hexadecimal; servers of an earlier release say nothing of it. */
  readonly chain: string | undefined;
}

/** Compares this server's state with the others'. */
export interface PeerCheck {
  /** Notes the state hash after a record and the chain at it. Call for each record, in order. */
  note(sequence: number, hash: Uint8Array, chain: Uint8Array): void;
  /** Stops. Never rejects. */
  close(): void;
}

/** What this server has at a checkpoint. */
interface Checkpoint {
  readonly hash: string;
  readonly chain: string;
}

/**
 * Exchanges state hashes over the bus, and the chain of the log. A difference is an alarm on both sides. Where the servers that differ from this one agree with each other and are more
 * than those that agree with it, this one is the odd one out: `onOddOneOut(true)`, and `false` when that has passed.
 */
export function startPeerCheck(options: {
  bus: Bus;
  server: string;
  epoch: string;
  logger: Logger;
  now: () => number;
  onDifference: () => void;
  onOddOneOut: (isOdd: boolean) => void;
  timers?: Timers;
}): PeerCheck {
  const { bus, server, epoch, logger, now, timers = PLATFORM_TIMERS } = options;
  const stop = new AbortController();
  const own = new Map<number, Checkpoint>();
  const verdicts = new Map<string, { agrees: boolean; hash: string; at: number }>();
  const early = new Map<string, Announcement>();
  let latest: Announcement | undefined;
  let wasOdd = false;

  function compare(theirs: Announcement): void {
    const mine = own.get(theirs.sequence);
    if (mine === undefined) {
      // Not there yet; one announcement a server is kept until this one is. Older than what is kept: nothing can be said.
      if (theirs.sequence > (latest?.sequence ?? 0)) early.set(theirs.server, theirs);
      return;
    }
    const isSameLog = theirs.chain === undefined || theirs.chain === mine.chain;
    const agrees = isSameLog && mine.hash === theirs.hash;
    if (!agrees && verdicts.get(theirs.server)?.agrees !== false) {
      options.onDifference();
      logger.error(
        { alarm: "state-differs", sequence: theirs.sequence, other: theirs.server },
        isSameLog
          ? "another server made something else of the same log"
          : "another server read another log than this one, under the same epoch",
      );
    }
    verdicts.set(theirs.server, { agrees, hash: theirs.hash, at: now() });
    judge();
  }

  function judge(): void {
    let agreeing = 1;
    let differing = 0;
    for (const [peer, verdict] of verdicts) {
      if (now() - verdict.at > PEER_SILENT_MS) verdicts.delete(peer);
      else if (verdict.agrees) agreeing++;
      else differing++;
    }
    const isOdd = differing > agreeing;
    if (isOdd !== wasOdd) options.onOddOneOut(isOdd);
    wasOdd = isOdd;
  }

  async function listen(): Promise<void> {
    for await (const data of bus.subscribe(STATE_SUBJECT, { signal: stop.signal })) {
      const theirs = parse(data);
      if (theirs && theirs.server !== server && theirs.epoch === epoch) compare(theirs);
    }
  }
  listen().catch((error: unknown) => logger.error({ err: error }, "state hashes of other servers can't be heard"));

  const timer = timers.setInterval(() => {
    if (latest) bus.publish(STATE_SUBJECT, Buffer.from(JSON.stringify(latest)));
    judge();
  }, ANNOUNCE_MS);

  return {
    note(sequence, hash, chain) {
      if (sequence % CHECKPOINT_RECORDS !== 0) return;
      const mine = { hash: Buffer.from(hash).toString("hex"), chain: Buffer.from(chain).toString("hex") };
      own.set(sequence, mine);
      own.delete(sequence - CHECKPOINT_RECORDS * CHECKPOINTS_KEPT);
      latest = { server, epoch, sequence, ...mine };
      for (const theirs of early.values()) {
        if (theirs.sequence > sequence) continue;
        early.delete(theirs.server);
        compare(theirs);
      }
    },
    close() {
      stop.abort();
      timers.clearInterval(timer);
    },
  };
}

function parse(data: Uint8Array): Announcement | undefined {
  try {
    const value = JSON.parse(Buffer.from(data).toString()) as Partial<Announcement>;
    const { server, epoch, sequence, hash, chain } = value;
    if (
      typeof server !== "string" ||
      typeof epoch !== "string" ||
      typeof sequence !== "number" ||
      typeof hash !== "string" ||
      (chain !== undefined && typeof chain !== "string")
    )
      return undefined;
    return { server, epoch, sequence, hash, chain };
  } catch {
    // Not ours: anybody may publish on a bus.
    return undefined;
  }
}
