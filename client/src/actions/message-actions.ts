import type { ChatMessage, ChatReaction } from "../row-types.ts";
import type { ActionRules } from "./action-rules.ts";

/** What a person does with messages. `conversation` is an address or an id. */
export type MessageAction =
  | { readonly kind: "send"; readonly conversation: string; readonly text: string; readonly replyTo?: number }
  | { readonly kind: "edit"; readonly seq: number; readonly text: string }
  | { readonly kind: "delete"; readonly seq: number }
  | { readonly kind: "react"; readonly seq: number; readonly emoji: string }
  | { readonly kind: "unreact"; readonly seq: number; readonly emoji: string }
  | { readonly kind: "pin"; readonly seq: number }
  | { readonly kind: "unpin"; readonly seq: number };

type Rules = { readonly [Kind in MessageAction["kind"]]: ActionRules<ActionOf<Kind>, ChatMessage> };
type ActionOf<Kind> = Extract<MessageAction, { readonly kind: Kind }>;

/** The actions on messages. A message that is being sent is laid over by `outbox/overlay.ts`, for it has no row yet. */
export const MESSAGE_ACTIONS: Rules = {
  send: {
    call: (service, { conversation: to, text, replyTo }, clientId, options) =>
      service.sendMessage({ to, text, clientId, ...(replyTo !== undefined && { replyTo: BigInt(replyTo) }) }, options),
    words: ({ text, replyTo }, nameOf) => (replyTo === undefined ? text : `reply to ${nameOf(replyTo)}: ${text}`),
    refused: "Not sent.",
  },
  edit: {
    call: (service, { seq, text }, clientId, options) =>
      service.editMessage({ seq: BigInt(seq), text, clientId }, options),
    over: (message, { text }, { at }) => ({ ...message, text, editedAt: at }),
    words: ({ seq, text }, nameOf) => `edit ${nameOf(seq)}: ${text}`,
    refused: "The edit was not saved.",
  },
  delete: {
    call: (service, { seq }, clientId, options) => service.deleteMessage({ seq: BigInt(seq), clientId }, options),
    over: (message) => ({ ...message, text: "", deleted: true, reactions: [], pinned: false }),
    words: ({ seq }, nameOf) => `delete ${nameOf(seq)}`,
    refused: "Not deleted.",
  },
  react: {
    call: (service, { seq, emoji }, clientId, options) =>
      service.addReaction({ seq: BigInt(seq), emoji, clientId }, options),
    over: (message, { emoji }, { me }) => ({ ...message, reactions: withReaction(message.reactions, emoji, me) }),
    words: ({ seq, emoji }, nameOf) => `react ${emoji} ${nameOf(seq)}`,
    refused: "The reaction was not added.",
  },
  unreact: {
    call: (service, { seq, emoji }, clientId, options) =>
      service.removeReaction({ seq: BigInt(seq), emoji, clientId }, options),
    over: (message, { emoji }, { me }) => ({ ...message, reactions: withoutReaction(message.reactions, emoji, me) }),
    words: ({ seq, emoji }, nameOf) => `unreact ${emoji} ${nameOf(seq)}`,
    refused: "The reaction was not removed.",
  },
  pin: {
    call: (service, { seq }, clientId, options) => service.pinMessage({ seq: BigInt(seq), clientId }, options),
    over: (message) => ({ ...message, pinned: true }),
    words: ({ seq }, nameOf) => `pin ${nameOf(seq)}`,
    refused: "Not pinned.",
  },
  unpin: {
    call: (service, { seq }, clientId, options) => service.unpinMessage({ seq: BigInt(seq), clientId }, options),
    over: (message) => ({ ...message, pinned: false }),
    words: ({ seq }, nameOf) => `unpin ${nameOf(seq)}`,
    refused: "Not unpinned.",
  },
};

function withReaction(reactions: readonly ChatReaction[], emoji: string, me: number): readonly ChatReaction[] {
  const known = reactions.find((each) => each.emoji === emoji);
  if (known?.people.includes(me)) return reactions;
  if (!known) return [...reactions, { emoji, people: [me] }];
  return reactions.map((each) => (each === known ? { emoji, people: [...each.people, me] } : each));
}

function withoutReaction(reactions: readonly ChatReaction[], emoji: string, me: number): readonly ChatReaction[] {
  return reactions
    .map((each) => (each.emoji === emoji ? { ...each, people: each.people.filter((person) => person !== me) } : each))
    .filter(({ people }) => people.length > 0);
}
