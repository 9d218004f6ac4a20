import { type Usage, usageOf } from "../process/usage.ts";
import { createHistogram, type Latency, latencyOf } from "./latency.ts";
import type { LoadSession } from "./session.ts";
import { nowUs, stampedText } from "./text.ts";

/** What one window of fan-out came to. */
export interface FanOutResult {
  readonly turns: number;
  readonly deliveries: number;
  readonly elapsedMs: number;
  readonly cpuUs: number;
  readonly residentBytes: number;
  /** From a turn's sending to its last delivery. */
  readonly latency: Latency;
  /** Of a delivered message, without its framing. */
  readonly messageBytes: number;
}

/** How to press. */
export interface FanOutPlan {
  readonly perTurn: number;
  readonly windowMs: number;
}

/** A turn that takes longer has lost something. */
const TURN_TIMEOUT_MS = 20_000;

/** Sends turn after turn, each when the one before has reached every stream and is answered, and measures the server's CPU meanwhile. */
export async function fanOut(session: LoadSession, { perTurn, windowMs }: FanOutPlan): Promise<FanOutResult> {
  const [sender] = await session.connectedSenders();
  if (!sender) throw new Error("fan-out needs a sender");
  let missing = 0;
  let answersMissing = 0;
  let messageBytes = 0;
  let turn = Promise.withResolvers<void>();
  const arrived = (): void => {
    if (missing === 0 && answersMissing === 0) turn.resolve();
  };
  session.listen({
    onMessage(_reader, _buffer, start, end) {
      missing--;
      messageBytes = end - start;
      arrived();
    },
    onAnswer(_sender, accepted) {
      if (!accepted) turn.reject(new Error("a message was refused"));
      answersMissing--;
      arrived();
    },
    onClosed: () => turn.reject(new Error("the sender's connection was closed")),
  });

  async function oneTurn(): Promise<void> {
    turn = Promise.withResolvers();
    missing = session.readers * perTurn;
    answersMissing = perTurn;
    const timer = setTimeout(
      () => turn.reject(new Error(`${missing} deliveries and ${answersMissing} answers are missing`)),
      TURN_TIMEOUT_MS,
    );
    sender?.send(Array.from({ length: perTurn }, () => stampedText(nowUs())));
    await turn.promise;
    clearTimeout(timer);
  }

  await oneTurn();
  const histogram = createHistogram();
  const before: Usage = usageOf(session.target.pid);
  const startedAt = performance.now();
  let turns = 0;
  while (performance.now() - startedAt < windowMs) {
    const sentAt = nowUs();
    await oneTurn();
    histogram.recordValue(Math.round(nowUs() - sentAt));
    turns++;
  }
  const elapsedMs = performance.now() - startedAt;
  const after = usageOf(session.target.pid);
  return {
    turns,
    deliveries: turns * perTurn * session.readers,
    elapsedMs,
    cpuUs: after.cpuUs - before.cpuUs,
    residentBytes: after.residentBytes,
    latency: latencyOf(histogram),
    messageBytes,
  };
}
