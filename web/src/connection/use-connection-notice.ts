import { useStore } from "@nanostores/vue";
import { useIntervalFn, useTimeoutFn } from "@vueuse/core";
import { computed, shallowRef, watch, type ComputedRef } from "vue";
import { useChat } from "../chat/use-chat.ts";
import { connectionNotice, type ConnectionNotice } from "./connection-notice.ts";

const SHOW_AFTER_MS = 1000;
const TICK_MS = 250;

/** What to say about the connection: nothing until trouble has lasted a second, so that a short break does not flash. */
export function useConnectionNotice(): ComputedRef<ConnectionNotice | undefined> {
  const connection = useStore(useChat().feed.$connection);
  const now = shallowRef(Date.now());
  const lasting = shallowRef(false);
  const trouble = computed(() => connectionNotice(connection.value, now.value) !== undefined);

  const wait = useTimeoutFn(() => (lasting.value = true), SHOW_AFTER_MS, { immediate: false });
  const tick = useIntervalFn(() => (now.value = Date.now()), TICK_MS, { immediate: false });
  watch(
    trouble,
    (is) => {
      now.value = Date.now();
      if (is) {
        wait.start();
        tick.resume();
      } else {
        wait.stop();
        tick.pause();
        lasting.value = false;
      }
    },
    { immediate: true },
  );
  return computed(() => (lasting.value ? connectionNotice(connection.value, now.value) : undefined));
}
