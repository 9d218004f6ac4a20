import { setTimeout as delay } from "node:timers/promises";
import { usageOf } from "../process/usage.ts";
import { createHistogram, type Latency, latencyOf } from "./latency.ts";
import type { LoadSession } from "./session.ts";
import { nowUs, stampedText } from "./text.ts";

/** What one window of direct messages came to. */
export interface DirectResult {
  readonly messages: number;
  readonly refused: number;
  /** Deliveries that should have come and did not. */
  readonly lost: number;
  readonly elapsedMs: number;
  readonly cpuUs: number;
  readonly natsCpuUs: number;
  readonly residentBytes: number;
  /** From sending to the answer. */
  readonly latency: Latency;
}

/** How to press. */
export interface DirectPlan {
  readonly windowMs: number;
  /** Goes on until so many are answered, however long that takes: for warming up. */
  readonly atLeast?: number;
  readonly natsPid?: number | undefined;
}

/** How long after the window answers, and then deliveries, may take before something counts as lost. */
const LAST_ANSWERS_MS = 20_000;
/** For each message of a warm-up on a machine that is busy elsewhere. */
const SLOWEST_MS = 10;
const LAST_DELIVERIES_MS = 5_000;

/** Every sender sends, waits for the answer, and sends again. Every message has one recipient, who has a stream. */
export async function direct(
  session: LoadSession,
  { windowMs, atLeast = 0, natsPid }: DirectPlan,
): Promise<DirectResult> {
  const histogram = createHistogram();
  const senders = await session.connectedSenders();
  const sentAt = senders.map(() => 0);
  const { promise: over, resolve, reject } = Promise.withResolvers<void>();
  let deadline = Infinity;
  let sent = 0;
  let answered = 0;
  let refused = 0;
  let delivered = 0;

  function send(index: number): void {
    const now = nowUs();
    sentAt[index] = now;
    sent++;
    senders[index]?.send([stampedText(now)]);
  }

  session.listen({
    onMessage() {
      delivered++;
    },
    onAnswer(index, accepted) {
      const now = nowUs();
      answered++;
      if (!accepted) refused++;
      histogram.recordValue(Math.max(1, Math.round(now - (sentAt[index] ?? now))));
      if (now < deadline || sent < atLeast) send(index);
      else if (answered === sent) resolve();
    },
    onClosed: () => reject(new Error("a sender's connection was closed")),
  });

  const natsBefore = natsPid === undefined ? 0 : usageOf(natsPid).cpuUs;
  const before = usageOf(session.target.pid);
  const startedAt = performance.now();
  deadline = nowUs() + windowMs * 1_000;
  for (const index of senders.keys()) send(index);
  const timer = setTimeout(
    () => reject(new Error(`${sent - answered} of ${sent} messages were never answered`)),
    windowMs + LAST_ANSWERS_MS + atLeast * SLOWEST_MS,
  );
  await over;
  clearTimeout(timer);
  const elapsedMs = performance.now() - startedAt;
  const wanted = session.readers > 0 ? answered - refused : 0;
  for (const until = performance.now() + LAST_DELIVERIES_MS; delivered < wanted && performance.now() < until;)
    await delay(5);
  const after = usageOf(session.target.pid);
  return {
    messages: answered - refused,
    refused,
    lost: wanted - delivered,
    elapsedMs,
    cpuUs: after.cpuUs - before.cpuUs,
    natsCpuUs: natsPid === undefined ? 0 : usageOf(natsPid).cpuUs - natsBefore,
    residentBytes: after.residentBytes,
    latency: latencyOf(histogram),
  };
}
