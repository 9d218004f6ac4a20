import type { Timeline, TimelineState } from "@chat/client";
import { onScopeDispose, shallowRef, type ShallowRef } from "vue";
import { useChat } from "../chat/use-chat.ts";

/** The messages of one conversation as a view shows them. */
export interface OpenTimeline extends Omit<Timeline, "$state" | "close"> {
  readonly state: Readonly<ShallowRef<TimelineState>>;
}

/** Opens the timeline of a conversation (address or id), and closes it with the component. */
export function useTimeline(conversation: string): OpenTimeline {
  const timeline = useChat().timeline(conversation);
  const state = shallowRef(timeline.$state.get());
  const unbind = timeline.$state.subscribe((next) => {
    state.value = next;
  });
  onScopeDispose(() => {
    unbind();
    timeline.close();
  });
  return {
    state,
    loadOlder: () => timeline.loadOlder(),
    loadNewer: () => timeline.loadNewer(),
    jumpTo: (seq) => timeline.jumpTo(seq),
    jumpToEnd: () => timeline.jumpToEnd(),
    reload: () => timeline.reload(),
  };
}
