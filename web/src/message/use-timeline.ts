import type { Timeline, TimelineState } from "@chat/client";
import { onScopeDispose, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import { useChat } from "../chat/use-chat.ts";

/** The messages of one conversation as a view shows them. */
export interface TimelineView {
  /** Undefined until it is opened. */
  readonly state: Readonly<ShallowRef<TimelineState | undefined>>;
  loadOlder(): void;
  reload(): void;
}

/** Opens the conversation's timeline while `readable`, and closes it with the component. */
export function useTimeline(address: string, readable: Readonly<Ref<boolean>>): TimelineView {
  const client = useChat();
  const state = shallowRef<TimelineState>();
  let timeline: Timeline | undefined;
  let unbind = (): void => {};

  function close(): void {
    unbind();
    timeline?.close();
    timeline = undefined;
    state.value = undefined;
  }

  watch(
    readable,
    (now) => {
      close();
      if (!now) return;
      timeline = client.timeline(address);
      unbind = timeline.$state.subscribe((next) => {
        state.value = next;
      });
    },
    { immediate: true },
  );
  onScopeDispose(close);
  return {
    state,
    loadOlder: () => void timeline?.loadOlder(),
    reload: () => void timeline?.reload(),
  };
}
