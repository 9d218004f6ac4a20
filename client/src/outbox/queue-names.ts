import type { Replica } from "../replica/replica.ts";
import type { OutboxAction, OutboxItem } from "../types.ts";

/** The names of the queues. Actions in one queue wait for each other. */
export interface QueueNames {
  /** The conversation's id, its address while no id is known, or the message while its conversation is not known. */
  of(action: OutboxAction): string;
  /** Rooms, people and messages that got known since the item was added count: its queue may have been an address. */
  now(item: Pick<OutboxItem, "queue">): string;
  /** These items knew what their addresses lead to when they were added. */
  learn(items: readonly OutboxItem[]): void;
  /** Somebody else is signed in. */
  clear(): void;
}

const MESSAGE = "message ";

/**
 * Nobody's queue is known yet. What an address leads to is kept here as well: it never leads anywhere else, and a replica that was emptied, or
 * has not been loaded since the start, would part actions on one conversation into two queues.
 */
export function createQueueNames(replica: Pick<Replica, "resolve" | "message">): QueueNames {
  const known = new Map<string, string>();

  function written(action: OutboxAction): string {
    if ("seq" in action) return MESSAGE + action.seq;
    if (action.kind === "create-room") return `#${action.name}`;
    return action.kind === "send" ? action.conversation : action.room;
  }

  function named(name: string): string {
    const id = name.startsWith(MESSAGE)
      ? replica.message(Number(name.slice(MESSAGE.length)))?.conversation
      : replica.resolve(name);
    if (id === undefined) return known.get(name) ?? name;
    known.set(name, id);
    return id;
  }

  return {
    of(action) {
      // A room that is made is known by its name alone.
      return action.kind === "create-room" ? written(action) : named(written(action));
    },
    now: ({ queue }) => named(queue),
    learn(items) {
      for (const { action, queue } of items) if (queue !== written(action)) known.set(written(action), queue);
    },
    clear: () => known.clear(),
  };
}
