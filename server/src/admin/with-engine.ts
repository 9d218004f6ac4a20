import { join } from "node:path";
import { openEngine } from "../compose.ts";
import type { Engine } from "../engine.ts";
import type { KnownPast } from "../log/continuity.ts";
import { readProjectionPast } from "../projection/inspect-projection.ts";
import { projectionFile } from "../projection/open-projection.ts";
import type { AdminContext } from "./command.ts";

/**
 * Opens the engine for a command that looks at the log, and closes it afterwards. A log that is not there is not made.
 * @param use gets what the read model in the data directory was made from: `in-use` while a server has it open, undefined where there is none
 * @throws ChatError when the engine can't be opened; what `use` throws
 */
export async function withEngine(
  { config, logger, signal }: Pick<AdminContext, "config" | "logger" | "signal">,
  use: (engine: Engine, past: KnownPast | "in-use" | undefined) => Promise<void>,
): Promise<void> {
  const past = readProjectionPast(join(config.dataDir, projectionFile(1)));
  const applied = past === "in-use" ? undefined : past;
  const engine = await openEngine(config, { logger, signal, mayMakeLog: false, applied });
  try {
    await use(engine, past);
  } finally {
    await engine.close();
  }
}
