import type { Logger } from "pino";
import type { Bus } from "../bus.ts";

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
}

/** Compares this server's state with the others'. */
export interface PeerCheck {
  /** Notes the state hash after a record. Call for each record, in order. */
  note(sequence: number, hash: Uint8Array): void;
  /** Stops. Never rejects. */
  close(): void;
}

/**
 * Exchanges state hashes over the bus. A difference is an alarm on both sides. Where the servers that differ from this one agree with each other and are more
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
}): PeerCheck {
  const { bus, server, epoch, logger, now } = options;
  const stop = new AbortController();
  const own = new Map<number, string>();
  const verdicts = new Map<string, { agrees: boolean; hash: string; at: number }>();
  const early = new Map<string, Announcement>();
  let latest: Announcement | undefined;
  let wasOdd = false;

  function compare(theirs: Announcement): void {
    const hash = own.get(theirs.sequence);
    if (hash === undefined) {
      // Not there yet; one announcement a server is kept until this one is. Older than what is kept: nothing can be said.
      if (theirs.sequence > (latest?.sequence ?? 0)) early.set(theirs.server, theirs);
      return;
    }
    const agrees = hash === theirs.hash;
    if (!agrees && verdicts.get(theirs.server)?.agrees !== false) {
      options.onDifference();
      logger.error(
        { alarm: "state-differs", sequence: theirs.sequence, other: theirs.server },
        "another server made something else of the same log",
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

  const timer = setInterval(() => {
    if (latest) bus.publish(STATE_SUBJECT, Buffer.from(JSON.stringify(latest)));
    judge();
  }, ANNOUNCE_MS);
  timer.unref();

  return {
    note(sequence, hash) {
      if (sequence % CHECKPOINT_RECORDS !== 0) return;
      const text = Buffer.from(hash).toString("hex");
      own.set(sequence, text);
      own.delete(sequence - CHECKPOINT_RECORDS * CHECKPOINTS_KEPT);
      latest = { server, epoch, sequence, hash: text };
      for (const theirs of early.values()) {
        if (theirs.sequence > sequence) continue;
        early.delete(theirs.server);
        compare(theirs);
      }
    },
    close() {
      stop.abort();
      clearInterval(timer);
    },
  };
}

function parse(data: Uint8Array): Announcement | undefined {
  try {
    const value = JSON.parse(Buffer.from(data).toString()) as Partial<Announcement>;
    const { server, epoch, sequence, hash } = value;
    if (
      typeof server !== "string" ||
      typeof epoch !== "string" ||
      typeof sequence !== "number" ||
      typeof hash !== "string"
    )
      return undefined;
    return { server, epoch, sequence, hash };
  } catch {
    // Not ours: anybody may publish on a bus.
    return undefined;
  }
}
