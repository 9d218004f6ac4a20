import type { Logger } from "pino";
import type { Engine } from "./engine.ts";
import type { Timers } from "./environment.ts";
import type { Hub } from "./hub/hub.ts";
import type { Metrics } from "./metrics.ts";
import { startEraser } from "./projection/eraser.ts";
import { doubtProjection } from "./projection/inspect-projection.ts";
import { startPeerCheck } from "./projection/peer-check.ts";
import type { Projection } from "./projection/projection.ts";
import type { Settlement } from "./projection/settlement.ts";
import { startTail, type Tail } from "./projection/tail.ts";
import { createUnknownKinds } from "./projection/unknown-kinds.ts";
import type { Relay } from "./relay/relay.ts";
import type { Serving } from "./serving.ts";

/** Notes a part of the server that is closed with it, the newest first. */
export type Keep = <T extends { close(): void | Promise<void> }>(part: T) => T;

/** What follows the log. */
export interface Following {
  readonly tail: Tail;
  /** Rejects where the log can't be read to its end: a single server doesn't start then, one of several stays up and says why. */
  readonly cantStart: Promise<never>;
  /** Times another server's state hash differed. */
  readonly differences: number;
}

/**
 * Follows the log: the tail applies each record to the projection and hands what changed to the hub and the calls that wait for it; the peer check holds the state
 * against the other servers'; the eraser takes out of the log what was deleted.
 *
 * @param options.server id of this server, as its records carry it
 */
export function followLog(options: {
  engine: Engine;
  projection: Projection;
  projectionPath: string;
  server: string;
  hub: Pick<Hub, "publish" | "flush">;
  settlement: Pick<Settlement, "applied">;
  relay: Pick<Relay, "endAll">;
  serving: Serving;
  metrics: Pick<Metrics, "counter">;
  keep: Keep;
  logger: Logger;
  now: () => number;
  timers: Timers;
}): Following {
  const { engine, projection, projectionPath, server, hub, settlement, relay, serving, metrics, keep, ...time } =
    options;
  const { logger } = time;
  const { log, bus } = engine;
  let differences = 0;
  const peerCheck = keep(
    startPeerCheck({
      bus,
      server,
      epoch: log.epoch,
      ...time,
      onDifference: () => void differences++,
      onOddOneOut: (isOdd) => serving.isOddOneOut(isOdd),
    }),
  );
  const unknownKinds = createUnknownKinds({
    logger,
    count: metrics.counter("chat_unknown_events_total", "Events of kinds that this release does not read", "kind"),
  });
  const cantStart = Promise.withResolvers<never>();
  cantStart.promise.catch(() => {}); // for the one that waits for the start
  const tail = keep(
    startTail({
      log,
      projection,
      sinks: {
        publish: (applied) => hub.publish(applied),
        flush: () => hub.flush(),
        settled({ record, outcomes, unknown, hash }) {
          if (record.content.origin === server) settlement.applied(record.content.batch, record.sequence, outcomes);
          unknownKinds.note(record.sequence, unknown);
          peerCheck.note(record.sequence, hash, record.chain);
        },
      },
      ...time,
      onStopped(error) {
        if (error.code === "internal") {
          doubtProjection(projectionPath);
          serving.stopped("its read model could not take an event; restart this server, it is rebuilt from the log");
        } else {
          serving.stopped(error.message);
        }
        relay.endAll("This server can't follow the log. Resume elsewhere."); // nothing more will come here, and elsewhere it may
        if (engine.name === "embedded" && !serving.isCaughtUp) cantStart.reject(error);
        logger.fatal({ err: error, alarm: "log-broken" }, error.message);
      },
      onGoingOn() {
        serving.goesOn();
        logger.info({ records: projection.sequence }, "the log can be followed again");
      },
    }),
  );
  keep(startEraser({ log, projection, ...time }));
  return {
    tail,
    cantStart: cantStart.promise,
    get differences() {
      return differences;
    },
  };
}
