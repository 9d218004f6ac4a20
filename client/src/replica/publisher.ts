import { createListeners } from "../listeners.ts";

/** What changed in the replica since it was last told. */
export interface ReplicaChanges {
  /** Ids of conversations: their row, their messages, or the people they are named after. */
  readonly conversations: ReadonlySet<string>;
  readonly users: boolean;
}

/** Tells of changes once per turn, however many there are. */
export interface Publisher {
  conversation(id: string): void;
  users(): void;
  /** Returns what stops it. */
  listen(listener: (changes: ReplicaChanges) => void): () => void;
}

/**
 * @param options.before runs once before listeners are told
 * @param options.threw takes what a listener threw
 */
export function createPublisher(options: {
  before: (changes: ReplicaChanges) => void;
  threw: (error: unknown) => void;
}): Publisher {
  const listeners = createListeners<ReplicaChanges>(options.threw);
  let conversations = new Set<string>();
  let users = false;
  let isDue = false;

  function publish(): void {
    const changes = { conversations, users };
    conversations = new Set();
    users = false;
    isDue = false;
    options.before(changes);
    listeners.emit(changes);
  }

  function due(): void {
    if (isDue) return;
    isDue = true;
    queueMicrotask(publish);
  }

  return {
    conversation(id) {
      conversations.add(id);
      due();
    },
    users() {
      users = true;
      due();
    },
    listen: listeners.add,
  };
}
