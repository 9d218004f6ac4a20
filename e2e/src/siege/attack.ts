/** Where an attack goes, and from where. */
export interface AttackTarget {
  readonly host: string;
  readonly port: number;
  /** All of an attack comes from one address. */
  readonly localAddress: string;
  /** An access token of an account that is not one of those who chat; most attacks need none. */
  readonly token: string;
}

/** What became of an attack's requests. */
export interface Tally {
  /** Begun, as far as the time reached. */
  sent: number;
  answered: number;
  /** Answered with an error, reset, or without a connection. */
  refused: number;
}

/** Something that one machine without an account of its own can do to a server. */
export interface Attack {
  readonly name: string;
  /** How often, in a full measurement. */
  readonly count: number;
  /** Ends when all is sent, answered and dropped, or when the signal aborts. Never rejects for what the server does. */
  run(target: AttackTarget, count: number, signal: AbortSignal): Promise<Tally>;
}

/** Does something `count` times, `atOnce` at a time, until the signal aborts. */
export async function repeat(
  count: number,
  atOnce: number,
  signal: AbortSignal,
  work: (number: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count && !signal.aborted) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
}

/** Waits, but not beyond the signal. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const stop = (): void => resolve();
  signal.addEventListener("abort", stop);
  await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", stop);
}
