import { withRoomAction } from "../actions/actions.ts";
import type { Replica } from "../replica/replica.ts";
import type { ChatConversation, OutboxItem } from "../types.ts";

/**
 * The conversations that the signed-in person is in or about to be in, newest message first.
 * @param from the place in the order down to which the list is known: what lies below waits for its page
 */
export function selectConversations(
  replica: Replica,
  items: readonly OutboxItem[],
  from: number,
): readonly ChatConversation[] {
  const overlay = overlayOf(replica, items);
  const listed: ChatConversation[] = [...overlay.created];
  for (const id of replica.conversations()) {
    const conversation = replica.conversation(id);
    if (!conversation || overlay.left.has(id)) continue;
    const changes = overlay.changes.get(id);
    const isJoining = overlay.joined.has(id);
    const isBegun = conversation.version > 0 || conversation.lastMessage !== undefined;
    const isIn = conversation.kind === "room" ? conversation.joined : isBegun;
    if (!isJoining && !overlay.sent.has(id) && !(isIn && conversation.sortSeq >= from)) continue;
    listed.push(
      isJoining || changes ? withChanges({ ...conversation, joined: true }, changes ?? [], replica.me) : conversation,
    );
  }
  return listed.sort((one, other) => other.sortSeq - one.sortSeq);
}

interface ListOverlay {
  readonly created: readonly ChatConversation[];
  readonly joined: ReadonlySet<string>;
  readonly left: ReadonlySet<string>;
  readonly sent: ReadonlySet<string>;
  /** What changes a room's row. */
  readonly changes: ReadonlyMap<string, readonly OutboxItem[]>;
}

/** What the outbox's actions on rooms come to, in their order. */
function overlayOf(replica: Replica, items: readonly OutboxItem[]): ListOverlay {
  const created: ChatConversation[] = [];
  const joined = new Set<string>();
  const left = new Set<string>();
  const sent = new Set<string>();
  const changes = new Map<string, OutboxItem[]>();
  for (const item of items) {
    const { action, state } = item;
    if (state === "failed") continue;
    if (action.kind === "create-room") {
      if (replica.resolve(`#${action.name}`) === undefined) created.push(createdRoom(action, replica.me));
      continue;
    }
    const id = "room" in action ? replica.resolve(action.room) : undefined;
    if (action.kind === "send") sent.add(replica.resolve(action.conversation) ?? "");
    if (id === undefined) continue;
    if (action.kind === "join") {
      left.delete(id);
      joined.add(id);
    } else if (action.kind === "leave") {
      joined.delete(id);
      left.add(id);
    } else changes.set(id, [...(changes.get(id) ?? []), item]);
  }
  return { created, joined, left, sent, changes };
}

function withChanges(room: ChatConversation, items: readonly OutboxItem[], me: number): ChatConversation {
  return items.reduce((row, { action, createdAt }) => withRoomAction(row, action, { me, at: createdAt }), room);
}

/** A room that is being created has no id yet: its address stands for it. */
function createdRoom(
  { name, title, topic }: { name: string; title: string; topic: string },
  me: number,
): ChatConversation {
  return {
    id: `#${name}`,
    kind: "room",
    address: `#${name}`,
    title: title || name,
    topic,
    creator: me,
    // Newest of all.
    sortSeq: Number.MAX_SAFE_INTEGER,
    memberCount: 1,
    joined: true,
    unseen: 0,
    version: 0,
  };
}
