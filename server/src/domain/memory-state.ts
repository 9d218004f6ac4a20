import type { Event } from "@chat/proto/chat/v1/event";
import { fold, type Folded } from "./fold.ts";
import type { ConversationState } from "./state.ts";

interface MemoryConversation {
  readonly kind: "direct" | "room";
  readonly members: Set<string>;
  readonly messages: Set<number>;
}

/** The plainest holder of a conversation state: the model that the projection is tested against. */
export interface MemoryState extends ConversationState {
  /** Folds the next event in and carries its changes out. */
  apply(seq: number, event: Event): Folded;
  /** Everything, in a form that can be compared. */
  snapshot(): unknown;
}

/** An empty state. */
export function createMemoryState(): MemoryState {
  const conversations = new Map<string, MemoryConversation>();
  const settled = new Map<string, { seq: number; event: Event }>();
  const key = (actor: string, clientId: Uint8Array): string => `${actor} ${Buffer.from(clientId).toString("hex")}`;

  const state: MemoryState = {
    settled: (actor, clientId) => settled.get(key(actor, clientId)),
    hasRoom: (conversation) => conversations.get(conversation)?.kind === "room",
    hasDirect: (conversation) => conversations.get(conversation)?.kind === "direct",
    isMember: (conversation, handle) => conversations.get(conversation)?.members.has(handle) ?? false,
    hasMessage: (conversation, seq) => conversations.get(conversation)?.messages.has(seq) ?? false,
    apply(seq, event) {
      const folded = fold(state, event);
      for (const change of folded.changes) {
        switch (change.type) {
          case "conversation-created":
            conversations.set(change.conversation, { kind: change.kind, members: new Set(), messages: new Set() });
            break;
          case "member-added":
            conversations.get(change.conversation)?.members.add(change.handle);
            break;
          case "member-removed":
            conversations.get(change.conversation)?.members.delete(change.handle);
            break;
        }
      }
      if (folded.outcome.kind === "accepted") {
        settled.set(key(event.actor, event.clientId), { seq, event });
        if (event.kind.case === "messagePosted") conversations.get(event.conversation)?.messages.add(seq);
      }
      return folded;
    },
    snapshot: () => ({
      conversations: [...conversations].map(([id, { kind, members, messages }]) => ({
        id,
        kind,
        members: [...members].sort(),
        messages: [...messages],
      })),
      settled: [...settled].map(([id, { seq }]) => [id, seq]),
    }),
  };
  return state;
}
