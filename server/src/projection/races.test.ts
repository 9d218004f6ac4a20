import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmbeddedEngine } from "../engines/embedded/engine.ts";
import { createMemoryRecordLog } from "../testing/memory-record-log.ts";
import { describeRaces } from "../testing/races.ts";

describeRaces("a log in memory", () =>
  Promise.resolve({ log: createMemoryRecordLog(), [Symbol.asyncDispose]: () => Promise.resolve() }),
);

describeRaces("the embedded engine", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "chat-races-"));
  const engine = await createEmbeddedEngine({ dataDir });
  return {
    log: engine.log,
    async [Symbol.asyncDispose]() {
      await engine.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
});
