import type { OutboxAction } from "../types.ts";
import type { QueuedItem } from "./outbox-store.ts";

/** Kinds whose effect another one takes back. */
const TOGGLES: ReadonlySet<OutboxAction["kind"]> = new Set(["react", "unreact", "pin", "unpin"]);

/**
 * What each queue does next, in the order of the items. An item is
 *
 *   pending ──▶ sending ──▶ (stored: gone, its outcome recorded)
 *      ▲           │  └───▶ failed: refused for good ──▶ retry: pending · discard: gone
 *      └───────────┘ temporary trouble: the queue rests
 *
 * A failed item lets the next ones go, except a failed `create-room`: what was written for that room must not reach another one
 * of the same name, so it waits until the creation is retried or discarded.
 */
export function heads(items: readonly QueuedItem[], queueOf: (item: QueuedItem) => string): Map<string, QueuedItem> {
  const next = new Map<string, QueuedItem>();
  const held = new Set<string>();
  for (const item of items) {
    const queue = queueOf(item);
    if (item.state === "failed") {
      if (item.action.kind === "create-room") held.add(queue);
    } else if (!next.has(queue) && !held.has(queue)) next.set(queue, item);
  }
  return next;
}

/** The later item that takes this one back, where neither has been sent: together they are nothing. */
export function opposite(items: readonly QueuedItem[], item: QueuedItem): QueuedItem | undefined {
  const target = toggled(item.action);
  if (target === undefined || item.attempted) return undefined;
  const next = items
    .slice(items.indexOf(item) + 1)
    .find(({ action, state }) => toggled(action) === target && state !== "failed");
  return next && next.action.kind !== item.action.kind && !next.attempted ? next : undefined;
}

/** Whether its opposite may take the action back: then it is noted that a server may have it. */
export function isToggle(action: OutboxAction): boolean {
  return TOGGLES.has(action.kind);
}

function toggled(action: OutboxAction): string | undefined {
  switch (action.kind) {
    case "react":
    case "unreact":
      return `reaction/${action.seq}/${action.emoji}`;
    case "pin":
    case "unpin":
      return `pin/${action.seq}`;
    default:
      return undefined;
  }
}

/** Whether both are the same action: the repeat of one client_id must be. */
export function isSameAction(one: OutboxAction, other: OutboxAction): boolean {
  const fields = (action: OutboxAction): string => JSON.stringify(Object.entries(action).sort());
  return fields(one) === fields(other);
}
