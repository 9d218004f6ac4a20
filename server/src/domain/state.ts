import type { Event } from "@chat/proto/chat/v1/event";

/** What the rules may look at: the state that the log so far has made. Nothing else: no clock, no accounts, no chance. */
export interface ConversationState {
  /** The accepted event that this actor made under this client_id (16 bytes). */
  settled(actor: string, clientId: Uint8Array): { readonly seq: number; readonly event: Event } | undefined;
  /** Whether the room was created. */
  hasRoom(conversation: string): boolean;
  /** Whether the direct conversation has an event yet. */
  hasDirect(conversation: string): boolean;
  /** Whether the person is in the room now. */
  isMember(conversation: string, handle: string): boolean;
  /** Whether that seq is a message of that conversation. */
  hasMessage(conversation: string, seq: number): boolean;
}

/** What an accepted event does to the state, in order. */
export type Change =
  | {
      readonly type: "conversation-created";
      readonly conversation: string;
      readonly kind: "direct" | "room";
      readonly title: string;
      readonly topic: string;
    }
  | { readonly type: "member-added"; readonly conversation: string; readonly handle: string }
  | { readonly type: "member-removed"; readonly conversation: string; readonly handle: string };
