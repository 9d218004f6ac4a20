import type { Engine } from "../../../server/src/engine.ts";

/** A log whose reader begins one record too late where it does not begin at the beginning. */
export function skippingLog(engine: Engine): Engine {
  const { log } = engine;
  return {
    ...engine,
    log: { ...log, read: ({ after, ...rest }) => log.read({ after: after + Math.sign(after), ...rest }) },
  };
}
