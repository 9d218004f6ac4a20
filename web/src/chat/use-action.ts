import { shallowRef, type ShallowRef } from "vue";
import { describeError, type ShownError } from "./describe-error.ts";

/** One action a person starts: whether it runs, and what went wrong last time. */
export interface Action<A extends unknown[]> {
  readonly busy: Readonly<ShallowRef<boolean>>;
  readonly error: ShallowRef<ShownError | undefined>;
  /** Runs it unless it is running already. Resolves to whether it succeeded; never rejects. */
  run(...args: A): Promise<boolean>;
}

/** Wraps an asynchronous action with its busy and error state. */
export function useAction<A extends unknown[]>(action: (...args: A) => Promise<unknown>): Action<A> {
  const busy = shallowRef(false);
  const error = shallowRef<ShownError>();
  async function run(...args: A): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    error.value = undefined;
    try {
      await action(...args);
      return true;
    } catch (cause) {
      error.value = describeError(cause);
      return false;
    } finally {
      busy.value = false;
    }
  }
  return { busy, error, run };
}
