import type { Logger } from "pino";
import type { Bus } from "../bus.ts";
import { PLATFORM_TIMERS, type Timers } from "../environment.ts";
import { SILENT_MS, startAnnouncements } from "./announcements.ts";

/** The subject on which servers tell their state hashes. */
export const STATE_SUBJECT = "chat.state";

/** Hashes are told and compared at records that are multiples of this, so that servers meet at the same positions. */
const CHECKPOINT_RECORDS = 64;

/** Own checkpoints kept for comparison with those that come late. */
const CHECKPOINTS_KEPT = 1_024;

/** What a server has at a record. */
interface Checkpoint {
  /** Hexadecimal. */
  readonly hash: string;
  /** The value of the chain there, hexadecimal; servers of an earlier release say nothing of it. */
  readonly chain: string | undefined;
}

/** What a server tells. */
interface Told extends Checkpoint {
  readonly epoch: string;
  readonly sequence: number;
}

/** Compares this server's state with the others'. */
export interface PeerCheck {
  /** Notes the state hash after a record and the chain at it. Call for each record, in order. */
  note(sequence: number, hash: Uint8Array, chain: Uint8Array): void;
  /** Stops. Never rejects. */
  close(): void;
}

/**
 * Exchanges state hashes over the bus, and the chain of the log. A difference is an alarm on both sides. Where this server differs from more of the others
 * than agree with it, itself counted among those, it is the odd one out: `onOddOneOut(true)`, and `false` when that has passed. Whether those that differ
 * from it agree with each other is not asked: each tells its hash at a record of its own, and where no two of three servers agree, no more than one can be
 * right, so none of them may go on answering.
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
  const own = new Map<number, Checkpoint>();
  const verdicts = new Map<string, { readonly agrees: boolean; readonly at: number }>();
  let latest: Told | undefined;
  let wasOdd = false;

  /** At a record that is not applied here yet, `note` compares later. At one older than what is kept, nothing can be said. */
  function compare(other: string, theirs: Told): void {
    const mine = own.get(theirs.sequence);
    if (mine === undefined) return;
    const isSameLog = theirs.chain === undefined || theirs.chain === mine.chain;
    const agrees = isSameLog && mine.hash === theirs.hash;
    if (!agrees && verdicts.get(other)?.agrees !== false) {
      options.onDifference();
      logger.error(
        { alarm: "state-differs", sequence: theirs.sequence, other },
        isSameLog
          ? "another server made something else of the same log"
          : "another server read another log than this one, under the same epoch",
      );
    }
    verdicts.set(other, { agrees, at: now() });
    judge();
  }

  function judge(): void {
    let agreeing = 1;
    let differing = 0;
    for (const [peer, verdict] of verdicts) {
      if (now() - verdict.at > SILENT_MS) verdicts.delete(peer);
      else if (verdict.agrees) agreeing++;
      else differing++;
    }
    const isOdd = differing > agreeing;
    if (isOdd !== wasOdd) options.onOddOneOut(isOdd);
    wasOdd = isOdd;
  }

  const announcements = startAnnouncements({
    bus,
    subject: STATE_SUBJECT,
    server,
    logger,
    now,
    timers,
    tell: () => latest,
    parse(value) {
      const told = parse(value);
      return told?.epoch === epoch ? told : undefined;
    },
    onHeard: compare,
    onTold: judge,
  });

  return {
    note(sequence, hash, chain) {
      if (sequence % CHECKPOINT_RECORDS !== 0) return;
      const mine = { hash: Buffer.from(hash).toString("hex"), chain: Buffer.from(chain).toString("hex") };
      own.set(sequence, mine);
      own.delete(sequence - CHECKPOINT_RECORDS * CHECKPOINTS_KEPT);
      latest = { epoch, sequence, ...mine };
      // Those that were here before this server.
      for (const [other, theirs] of announcements.heard()) if (theirs.sequence === sequence) compare(other, theirs);
    },
    close: () => announcements.close(),
  };
}

function parse({ epoch, sequence, hash, chain }: Readonly<Record<string, unknown>>): Told | undefined {
  if (
    typeof epoch !== "string" ||
    typeof sequence !== "number" ||
    typeof hash !== "string" ||
    (chain !== undefined && typeof chain !== "string")
  )
    return undefined;
  return { epoch, sequence, hash, chain };
}
