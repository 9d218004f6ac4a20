import { EXIT, type ExitCode } from "./exit-code.ts";

/** Signals that end the program, with what it then answers. */
export const ENDING_SIGNALS = {
  SIGHUP: EXIT.hungUp,
  SIGINT: EXIT.interrupted,
  SIGTERM: EXIT.terminated,
} as const satisfies Partial<Record<NodeJS.Signals, ExitCode>>;

/** Why the program's signal aborts when the operating system ends it. */
export class EndedBySignal extends Error {
  override readonly name = "EndedBySignal";
  readonly exitCode: ExitCode;

  constructor(signal: keyof typeof ENDING_SIGNALS) {
    super(`Ended by ${signal}.`);
    this.exitCode = ENDING_SIGNALS[signal];
  }
}
