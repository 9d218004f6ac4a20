import type { Logger } from "pino";
import type { AdmissionRefusal } from "./admission.ts";

/** Of each reason a line is logged so often at most: the counter has them all. */
const EVERY_MS = 10_000;

/** Counts refusals and tells the operator now and then, with an address that he may block. */
export function createRefusalLog(options: {
  logger: Logger;
  count: (why: string) => void;
  now?: () => number;
}): (why: AdmissionRefusal, address: string) => void {
  const { logger, count, now = () => performance.now() } = options;
  const lines = new Map<AdmissionRefusal, { at: number; unsaid: number }>();
  return (why, address) => {
    count(why);
    const line = lines.get(why);
    if (line && now() - line.at < EVERY_MS) return void line.unsaid++;
    logger.warn({ why, address, unsaid: line?.unsaid ?? 0 }, "refused a connection or request");
    lines.set(why, { at: now(), unsaid: 0 });
  };
}
