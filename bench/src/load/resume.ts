import { create, toBinary } from "@bufbuild/protobuf";
import { SubscribeRequestSchema } from "@chat/proto/chat/v1/chat_service";
import { usageOf } from "../process/usage.ts";
import { createHistogram, type Latency, latencyOf } from "./latency.ts";
import type { Identity, Target } from "./link.ts";
import { LINKS } from "./links.ts";
import { nowUs } from "./text.ts";

/** Where and how often to reconnect. */
export interface ResumePlan {
  readonly target: Target;
  readonly identity: Identity;
  /** As a server gave it. */
  readonly cursor: string;
  /** Events that lie behind it. */
  readonly events: number;
  readonly times: number;
}

/** What reconnecting came to. */
export interface ResumeResult {
  readonly cpuUs: number;
  /** From connecting to "caught up". */
  readonly latency: Latency;
}

/** Connects with a cursor, reads until the stream says that it has caught up, leaves, and does it again. @throws Error when other events came than were missed */
export async function resume({ target, identity, cursor, events, times }: ResumePlan): Promise<ResumeResult> {
  const subscribe = toBinary(SubscribeRequestSchema, create(SubscribeRequestSchema, { cursor }));
  const histogram = createHistogram();
  const before = usageOf(target.pid);
  for (let time = 0; time < times; time++) {
    const startUs = nowUs();
    let got = 0;
    const reader = await LINKS[target.protocol].openReader(target, { identity, subscribe, onMessage: () => got++ });
    histogram.recordValue(Math.max(1, Math.round(nowUs() - startUs)));
    reader.close();
    if (got !== events) throw new Error(`${got} events came, ${events} were missed`);
  }
  return { cpuUs: usageOf(target.pid).cpuUs - before.cpuUs, latency: latencyOf(histogram) };
}
