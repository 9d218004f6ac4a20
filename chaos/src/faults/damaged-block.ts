import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { LOG_STREAM } from "../../../server/src/engines/nats/record-log.ts";
import { leaderOf } from "../jetstream-view.ts";
import type { Random } from "../random.ts";
import type { Fault } from "./fault.ts";
import { rebuildCopy } from "./rebuild-copy.ts";
import { wholeCluster } from "./whole-cluster.ts";

/** Most that is cut off a block file. */
const CUT_MAX_BYTES = 4_096;

/** One bit of the log, somewhere on one node's disk. */
export const flipBit = damage("flip-bit", async (file, size, random) => {
  const position = random.int(0, size - 1);
  const byte = new Uint8Array(1);
  await file.read(byte, 0, 1, position);
  byte[0] = (byte[0] ?? 0) ^ (1 << random.int(0, 7));
  await file.write(byte, 0, 1, position);
});

/** The end of one block file of the log on one node. */
export const truncateBlock = damage("truncate-block", (file, size, random) =>
  file.truncate(size - random.int(1, Math.min(CUT_MAX_BYTES, size - 1))),
);

type FileHandle = Awaited<ReturnType<typeof open>>;

/**
 * Stops a node that does not lead the log, damages one of its block files, starts it again. Only while both other copies are whole: what is damaged
 * here must be there. The servers go on with the damaged copy for some seconds, then it is made anew.
 */
function damage(name: string, harm: (file: FileHandle, size: number, random: Random) => Promise<void>): Fault {
  return {
    name,
    lane: "nodes",
    lasts: [1, 2],
    async inject({ cluster: { nats } }, random) {
      if (!(await wholeCluster(nats))) return undefined;
      const leader = await leaderOf(nats);
      const node = random.pick(nats.nodes.filter((_, index) => index !== leader));
      await node.stop();
      const path = random.pick(await blocksOf(node.storeDir));
      const file = await open(path, "r+");
      try {
        const { size } = await file.stat();
        if (size > 1) await harm(file, size, random);
      } finally {
        await file.close();
      }
      return async () => {
        await node.restart({ dontWait: true });
        await rebuildCopy(nats, node);
      };
    },
  };
}

async function blocksOf(storeDir: string): Promise<string[]> {
  const entries = await readdir(storeDir, { recursive: true });
  const blocks = entries.filter((path) => path.includes(`streams/${LOG_STREAM}/`) && path.endsWith(".blk"));
  return blocks.sort().map((path) => join(storeDir, path));
}
