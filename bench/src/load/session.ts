import type { Closeable, Identity, Sender, Target } from "./link.ts";
import { LINKS } from "./links.ts";

/** What a session opens on a contender. */
export interface SessionPlan {
  readonly target: Target;
  readonly readers: readonly Identity[];
  readonly room?: string;
  readonly senders: readonly { readonly identity: Identity; readonly to: string }[];
}

/** Open streams and senders of one contender. Rounds come and go; the connections stay. */
export interface LoadSession {
  readonly target: Target;
  readonly readers: number;
  /** The senders, all connected: servers close connections on which nothing is said for a while, as they should. */
  connectedSenders(): Promise<readonly Sender[]>;
  /** Who is told of deliveries and answers now. */
  listen(listener: SessionListener): void;
  close(): void;
}

/** Takes what arrives. */
export interface SessionListener {
  /** `reader` is the index of the stream. */
  onMessage(reader: number, buffer: Buffer, start: number, end: number): void;
  onAnswer(sender: number, accepted: boolean): void;
  /** A sender's connection is gone. */
  onClosed(): void;
}

/** Streams opened at the same time. */
const OPENING = 32;

/** Opens everything, streams first. */
export async function openSession({ target, readers, room, senders }: SessionPlan): Promise<LoadSession> {
  const link = LINKS[target.protocol];
  let listener: SessionListener | undefined;
  const open: Closeable[] = [];
  for (let at = 0; at < readers.length; at += OPENING) {
    const group = readers.slice(at, at + OPENING).map((identity, offset) =>
      link.openReader(target, {
        identity,
        room,
        onMessage: (buffer, start, end) => listener?.onMessage(at + offset, buffer, start, end),
      }),
    );
    open.push(...(await Promise.all(group)));
  }
  const opened: (Sender | undefined)[] = senders.map(() => undefined);

  async function connectSender(index: number, { identity, to }: SessionPlan["senders"][number]): Promise<Sender> {
    const sender = await link.openSender(target, {
      identity,
      to,
      onAnswer: (accepted) => listener?.onAnswer(index, accepted),
      onClose() {
        if (opened[index] !== sender) return;
        opened[index] = undefined;
        listener?.onClosed();
      },
    });
    return (opened[index] = sender);
  }

  return {
    target,
    readers: readers.length,
    async connectedSenders() {
      listener = undefined;
      return Promise.all(
        senders.map((sender, index) => (opened[index] ? Promise.resolve(opened[index]) : connectSender(index, sender))),
      );
    },
    listen(next) {
      listener = next;
    },
    close() {
      listener = undefined;
      for (const connection of [...open, ...opened]) connection?.close();
    },
  };
}
