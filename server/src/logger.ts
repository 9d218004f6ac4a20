import { type DestinationStream, type Logger, pino } from "pino";

/** One JSON object a line on standard output. What may carry a secret is blanked wherever it is logged by mistake. */
export function createLogger(options: {
  level: string;
  /** Stands in each line, where this process is one of several. */
  worker?: number | undefined;
  destination?: DestinationStream;
}): Logger {
  return pino(
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
    options.destination ?? pino.destination({ dest: 1, sync: true }),
  );
}
