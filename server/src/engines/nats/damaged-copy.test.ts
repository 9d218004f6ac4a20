import { open, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { pino } from "pino";
import { expect, it } from "vitest";
import { startNatsCluster } from "../../../../scripts/nats-server/cluster.ts";
import { read } from "../../log/record-log.contract.ts";
import { createNatsEngine } from "./engine.ts";
import { LOG_STREAM } from "./record-log.ts";

const RECORDS = 60;

/** A reader begins on a node of JetStream's choice: one of so many begins on the damaged one, most likely, and gets no further there. */
const READERS = 6;

/** Index of a node that does not lead the log. */
async function followerOf(url: string): Promise<number> {
  const connection = await connect({ servers: url.split(",") });
  const { cluster } = await (await jetstreamManager(connection)).streams.info(LOG_STREAM);
  await connection.close();
  return ["node-1", "node-2", "node-3"].findIndex((name) => name !== cluster?.leader);
}

/** Damages the first block of the log in several places, and takes away the index, as a crash does: the node builds it anew from what it can read. */
async function flipBits(storeDir: string): Promise<void> {
  const entries = await readdir(storeDir, { recursive: true });
  const block = entries.find((path) => path.includes(`streams/${LOG_STREAM}/`) && path.endsWith(".blk"));
  const file = await open(join(storeDir, block ?? ""), "r+");
  const { size } = await file.stat();
  for (const share of [0.3, 0.6]) await file.write(new Uint8Array([0]), 0, 1, Math.floor(size * share));
  await file.close();
  await rm(join(storeDir, dirname(block ?? ""), "index.db"), { force: true });
}

it("reads every record though a node's copy lost some of them", { timeout: 120_000 }, async () => {
  await using nats = await startNatsCluster();
  const stop = new AbortController();
  const engine = await createNatsEngine({
    servers: nats.url,
    credsFile: undefined,
    replicas: 3,
    logger: pino({ level: "silent" }),
    signal: stop.signal,
  });
  try {
    for (let number = 1; number <= RECORDS; number++)
      await engine.log.append(Buffer.from(`${number} `.padEnd(500, "x")), { id: crypto.randomUUID() });
    const victim = nats.nodes[await followerOf(nats.url)];
    await victim?.stop();
    await flipBits(victim?.storeDir ?? "");
    await victim?.restart();
    for (let count = 0; count < READERS; count++) {
      const reader = read(engine.log, 0);
      const texts = (await reader.next(RECORDS)).map(({ data }) =>
        Buffer.from(data ?? [])
          .toString()
          .trimEnd(),
      );
      await reader.end();
      expect(texts.map((text) => Number.parseInt(text))).toEqual(Array.from({ length: RECORDS }, (_, n) => n + 1));
    }
  } finally {
    stop.abort();
    await engine.close();
  }
});
