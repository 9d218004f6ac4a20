import { createSharedComposable, useIntervalFn, useNow } from "@vueuse/core";
import { createTimeFormat } from "./format-time.ts";

const TICK_MS = 30_000;

/** The reader's time formats and a `now` (a Date) that all parts of the page share and that moves twice a minute. */
export const useTime = createSharedComposable(() => ({
  format: createTimeFormat(),
  now: useNow({ scheduler: (tick) => useIntervalFn(tick, TICK_MS) }),
}));
