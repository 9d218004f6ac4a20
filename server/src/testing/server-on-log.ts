import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { createHandleHash } from "../people/handle-hash.ts";
import { createMessageDeletion } from "../people/delete-messages.ts";
import { createPeople, type People } from "../people/people.ts";
import { CHAIN_START } from "../log/chain.ts";
import { createGroupCommit } from "../log/group-commit.ts";
import { RECORD_FORMAT_VERSION } from "../log/record-format.ts";
import type { RecordLog } from "../log/record-log.ts";
import { type AppliedEvent, createProjection, type Projection } from "../projection/projection.ts";
import { createSettlement, type Settlement } from "../projection/settlement.ts";
import { createSubmitEvent } from "../projection/submit-event.ts";
import { startTail } from "../projection/tail.ts";

/** The heart of one server on a log, in this process: what it applies, and how it appends. */
export interface ServerOnLog {
  readonly projection: Projection;
  readonly settlement: Settlement;
  readonly people: People;
  readonly deleteMessages: (person: number) => Promise<void>;
  close(): Promise<void>;
}

/** Several on one log are servers of one system. */
export async function createServerOnLog(options: {
  log: RecordLog;
  now: () => number;
  publish?: (applied: AppliedEvent) => void;
}): Promise<ServerOnLog> {
  const { log, now, publish = () => undefined } = options;
  const origin = randomUUID();
  const projection = createProjection({ path: ":memory:", epoch: log.epoch });
  const groupCommit = createGroupCommit({
    log,
    origin,
    anchor: () => ({
      sequence: projection.sequence,
      chain: projection.chainAt(projection.sequence) ?? CHAIN_START,
    }),
    onStoredBeforeAnchor: () => undefined,
  });
  const settlement = createSettlement({ groupCommit, now });
  const tail = startTail({
    log,
    projection,
    logger: pino({ enabled: false }),
    now,
    onStopped: (error) => {
      throw error;
    },
    sinks: {
      publish,
      flush: () => undefined,
      settled({ record, outcomes }) {
        if (record.content.origin === origin) settlement.applied(record.content.batch, record.sequence, outcomes);
      },
    },
  });
  await tail.caughtUp;
  const formats = { byAll: () => RECORD_FORMAT_VERSION };
  const submit = createSubmitEvent({ projection, settlement, formats, tail, now });
  return {
    projection,
    settlement,
    people: createPeople({ projection, submit, handles: createHandleHash(new Uint8Array(32)) }),
    deleteMessages: createMessageDeletion({ projection, submit }),
    async close() {
      settlement.close();
      await groupCommit.close();
      await tail.close();
      projection.close();
    },
  };
}
