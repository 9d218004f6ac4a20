import { Code, ConnectError } from "@connectrpc/connect";

/**
 * What goes wrong with a call: refused before it is done, done without an answer, nothing until it is aborted or released, or done
 * with an answer that stays on its way until released.
 */
export type Fault =
  | { readonly fail: ConnectError }
  | { readonly loseAnswer: true }
  | { readonly hang: Promise<void> }
  | { readonly answerAfter: Promise<void> };

/** The network is gone, or the server is. */
export const UNREACHABLE: Fault = { fail: new ConnectError("connection refused", Code.Unavailable) };

/** The faults that are still to come. */
export interface Faults<Method extends string> {
  /** Lets the next `times` calls go wrong, or those of them that `when` picks. */
  disturb(method: Method, fault: Fault, options?: { times?: number; when?: (request: unknown) => boolean }): void;
  /** Everything works again. */
  calm(): void;
  /** Runs a call, as its fault says. */
  run<T>(method: Method, request: unknown, signal: AbortSignal, call: () => T): Promise<T>;
}

export function createFaults<Method extends string>(): Faults<Method> {
  const faults: { method: Method; fault: Fault; times: number; when: (request: unknown) => boolean }[] = [];
  return {
    disturb: (method, fault, { times = 1, when = () => true } = {}) => void faults.push({ method, fault, times, when }),
    calm: () => void faults.splice(0),
    async run(method, request, signal, call) {
      const found = faults.find((each) => each.method === method && each.times > 0 && each.when(request));
      if (!found) return call();
      found.times--;
      const { fault } = found;
      if ("fail" in fault) throw fault.fail;
      if ("loseAnswer" in fault) {
        call();
        throw new ConnectError("connection lost", Code.Unavailable);
      }
      if ("answerAfter" in fault) {
        const answer = call();
        await unlessAborted(fault.answerAfter, signal);
        return answer;
      }
      await unlessAborted(fault.hang, signal);
      return call();
    },
  };
}

function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => reject(new ConnectError("aborted", Code.Canceled)));
  return Promise.race([promise, aborted]);
}
