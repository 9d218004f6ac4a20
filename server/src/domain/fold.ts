import type { Event } from "@chat/proto/chat/v1/event";
import { admit } from "./admit.ts";
import { directHandles } from "./address.ts";
import type { Outcome } from "./outcome.ts";
import type { Change, ConversationState } from "./state.ts";

/** What an event at its place in the log comes to. `changes` is empty unless it was accepted. */
export interface Folded {
  readonly outcome: Outcome;
  readonly changes: readonly Change[];
}

const NONE: readonly Change[] = [];

/** Applies the rules to the next event of the log. Pure: whoever holds the state carries out the changes. */
export function fold(state: ConversationState, event: Event): Folded {
  const outcome = admit(state, event);
  return { outcome, changes: outcome.kind === "accepted" ? changesOf(state, event) : NONE };
}

function changesOf(state: ConversationState, event: Event): readonly Change[] {
  const { conversation, actor, kind } = event;
  switch (kind.case) {
    case "messagePosted": {
      const handles = directHandles(conversation);
      if (!handles || state.hasDirect(conversation)) return NONE;
      const created: Change = { type: "conversation-created", conversation, kind: "direct", title: "", topic: "" };
      return [
        created,
        ...[...new Set(handles)].map((handle): Change => ({ type: "member-added", conversation, handle })),
      ];
    }
    case "roomCreated":
      return [
        { type: "conversation-created", conversation, kind: "room", title: kind.value.title, topic: kind.value.topic },
        { type: "member-added", conversation, handle: actor },
      ];
    case "memberJoined":
      return [{ type: "member-added", conversation, handle: actor }];
    case "memberLeft":
      return [{ type: "member-removed", conversation, handle: actor }];
    case undefined:
      return NONE;
    default:
      return kind satisfies never;
  }
}
