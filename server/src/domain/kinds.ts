import type { Kind, KindRules } from "./kind-rules.ts";
import { memberJoined } from "./kinds/member-joined.ts";
import { memberLeft } from "./kinds/member-left.ts";
import { messageDeleted } from "./kinds/message-deleted.ts";
import { messageEdited } from "./kinds/message-edited.ts";
import { messagePinned } from "./kinds/message-pinned.ts";
import { messagePosted } from "./kinds/message-posted.ts";
import { messageUnpinned } from "./kinds/message-unpinned.ts";
import { personAdded } from "./kinds/person-added.ts";
import { personChanged } from "./kinds/person-changed.ts";
import { personRemoved } from "./kinds/person-removed.ts";
import { reactionAdded } from "./kinds/reaction-added.ts";
import { reactionRemoved } from "./kinds/reaction-removed.ts";
import { roomChanged } from "./kinds/room-changed.ts";
import { roomCreated } from "./kinds/room-created.ts";

/** Every kind of event that this release reads. */
export const KINDS = {
  messagePosted,
  messageEdited,
  messageDeleted,
  reactionAdded,
  reactionRemoved,
  messagePinned,
  messageUnpinned,
  roomCreated,
  roomChanged,
  memberJoined,
  memberLeft,
  personAdded,
  personChanged,
  personRemoved,
} as const satisfies { readonly [K in Kind]: KindRules<K> };

/** The rules of a kind, for code that treats all kinds alike. */
export function rulesOf(kind: Kind): KindRules<Kind> {
  return KINDS[kind] as unknown as KindRules<Kind>;
}
