import { setTimeout as delay } from "node:timers/promises";
import { usageOf } from "../process/usage.ts";
import { createHistogram, type Latency, latencyOf } from "./latency.ts";
import type { LoadSession } from "./session.ts";
import { nowUs, stampedText, stampOf } from "./text.ts";

/** What one window at a fixed rate came to. */
export interface OpenLoopResult {
  readonly sent: number;
  readonly delivered: number;
  readonly refused: number;
  readonly cpuUs: number;
  /** From the time a message was meant to be sent to its delivery. */
  readonly latency: Latency;
}

/** How to press. */
export interface OpenLoopPlan {
  readonly perSecond: number;
  readonly windowMs: number;
}

const LAST_DELIVERIES_MS = 10_000;
const TICK_MS = 1;

/**
 * Sends at fixed times, whatever becomes of the messages before, and measures each from the time it was meant to leave: a server that stalls
 * pays for everything that should have been sent meanwhile, and so does a load process that is late (no coordinated omission).
 */
export async function openLoop(session: LoadSession, { perSecond, windowMs }: OpenLoopPlan): Promise<OpenLoopResult> {
  const senders = await session.connectedSenders();
  const histogram = createHistogram();
  const { promise: failed, reject } = Promise.withResolvers<never>();
  let delivered = 0;
  let refused = 0;
  session.listen({
    onMessage(_reader, buffer, start, end) {
      const stamp = stampOf(buffer, start, end);
      if (stamp === undefined) return;
      delivered++;
      histogram.recordValue(Math.max(1, Math.round(nowUs() - stamp)));
    },
    onAnswer(_sender, accepted) {
      if (!accepted) refused++;
    },
    onClosed: () => reject(new Error("a sender's connection was closed")),
  });

  async function press(): Promise<number> {
    const intervalUs = 1_000_000 / perSecond;
    const total = Math.floor((windowMs * 1_000) / intervalUs);
    const startUs = nowUs();
    let sent = 0;
    while (sent < total) {
      for (let dueUs = startUs + sent * intervalUs; sent < total && dueUs <= nowUs(); dueUs += intervalUs) {
        senders[sent % senders.length]?.send([stampedText(dueUs)]);
        sent++;
      }
      await delay(TICK_MS);
    }
    for (const until = nowUs() + LAST_DELIVERIES_MS * 1_000; delivered < total && nowUs() < until;) await delay(5);
    return sent;
  }

  const before = usageOf(session.target.pid);
  const sent = await Promise.race([press(), failed]);
  const after = usageOf(session.target.pid);
  return { sent, delivered, refused, cpuUs: after.cpuUs - before.cpuUs, latency: latencyOf(histogram) };
}
