import { type DestinationStream, type Logger, pino } from "pino";
import { createLogOutput } from "./log-output.ts";

/** A logger that tells how many of its lines were lost. */
export interface ServerLogger extends Logger {
  readonly droppedLines: () => number;
}

/** Lines lost so far; 0 for a logger that writes elsewhere than {@link createLogger} does. */
export function droppedLines(logger: Logger): number {
  return (logger as Partial<ServerLogger>).droppedLines?.() ?? 0;
}

/** One JSON object a line on standard output, written in the background: a log that is not read or not writable loses lines and stops nothing. What may carry a secret is blanked wherever it is logged by mistake. */
export function createLogger(options: {
  level: string;
  /** Stands in each line, where this process is one of several. */
  worker?: number | undefined;
  destination?: DestinationStream;
}): ServerLogger {
  const output = options.destination ? undefined : createLogOutput();
  const logger = pino(
    {
      level: options.level,
      base: options.worker === undefined ? null : { worker: options.worker },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: [
          "password",
          "*.password",
          "authorization",
          "*.authorization",
          "refreshToken",
          "*.refreshToken",
          "accessToken",
          "*.accessToken",
          "text",
          "*.text",
        ],
        censor: "[redacted]",
      },
    },
    options.destination ?? output,
  );
  output?.onFlowing((lost) => logger.warn({ lines: lost }, "log lines were lost: the log was not read in time"));
  return Object.assign(logger, { droppedLines: () => output?.dropped ?? 0 });
}
