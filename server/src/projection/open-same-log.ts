import type { Logger } from "pino";
import type { Engine } from "../engine.ts";
import type { Timers } from "../environment.ts";
import { ChatError } from "../errors.ts";
import { assertSameLog, type KnownPast } from "../log/continuity.ts";
import { inspectProjection, removeProjection } from "./inspect-projection.ts";

/**
 * Opens an engine and holds its log against what the projection in this file was made from.
 *
 * @param options.acceptNewLog takes the log as it is: a projection of another one is dropped
 * @param options.open opens the engine; where the projection has records, a log that is missing may not be made (`not_found`)
 * @throws ChatError `data_loss` with what to do when it is another log; what `open` throws
 */
export async function openSameLog(
  projectionPath: string,
  options: {
    acceptNewLog: boolean;
    logger: Logger;
    signal: AbortSignal;
    timers?: Timers;
    open: (known: { applied: KnownPast | undefined; mayMakeLog: boolean }) => Promise<Engine>;
  },
): Promise<Engine> {
  const { acceptNewLog, logger, signal, timers } = options;
  const past = inspectProjection(projectionPath);
  const mayMakeLog = !past || past.sequence === 0 || acceptNewLog;
  const refusal = (cause: ChatError): ChatError =>
    new ChatError(
      "data_loss",
      `The log is not the one that this server's read model was made from: ${cause.message.replace(/\.$/, "")}.\n` +
        `The read model ${projectionPath} may be the last copy of what is missing. Restore the log from a backup, or start with\n` +
        "--accept-new-log: the read model is then dropped and made again from the log as it is.",
    );
  const engine = await options.open({ applied: past, mayMakeLog }).catch((error: unknown) => {
    throw error instanceof ChatError && error.code === "not_found" ? refusal(error) : error;
  });
  try {
    if (past) await assertSameLog(engine.log, past, { signal, ...(timers && { timers }) });
    return engine;
  } catch (error) {
    // The tail compares again before it applies anything.
    if (error instanceof ChatError && error.code === "unavailable") return engine;
    if (!(error instanceof ChatError) || error.code !== "data_loss" || !acceptNewLog) {
      await engine.close();
      throw error instanceof ChatError && error.code === "data_loss" ? refusal(error) : error;
    }
    logger.warn(
      { alarm: "new-log-accepted", err: error, epoch: engine.log.epoch },
      "the log is taken as it is, as this server was told to; its read model is dropped",
    );
    removeProjection(projectionPath);
    return engine;
  }
}
