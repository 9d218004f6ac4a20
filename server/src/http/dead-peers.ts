import type { Socket } from "node:net";
import { DEAD_PEER_LOOK_MS, DEAD_PEER_SILENT_MS, DEAD_PEER_TRIES } from "./limits.ts";
import { connectionKey, readUnanswered, type Unanswered } from "./tcp-table.ts";

/** Drops connections whose peer is gone without a word. */
export interface DeadPeers {
  /** Watches over a connection until it closes. */
  watch(socket: Socket): void;
  /** Looks once. Resolves when what is dead was dropped. */
  look(): Promise<void>;
  /** Stops. Never rejects. */
  close(): void;
}

/**
 * A peer that vanished (a network that went down, a machine that lost power) acknowledges nothing any more, and TCP keeps trying for a quarter of an
 * hour. HTTP/2 has its pings; an HTTP/1.1 stream has nothing of the kind, and Node can't set the system's own limit (TCP_USER_TIMEOUT). But a stream
 * gets a heartbeat every 20 s, and from then on the kernel counts how often it was retransmitted in vain: a peer that answered none of
 * {@link DEAD_PEER_TRIES} tries in {@link DEAD_PEER_SILENT_MS} is gone. One that reads slowly answers, and is left alone.
 *
 * @param options.read the kernel's table; where it can't be read the system's own limits are all there is
 */
export function createDeadPeers(
  options: { read?: () => Promise<readonly Unanswered[] | undefined>; now?: () => number } = {},
): DeadPeers {
  const { read = readUnanswered, now = () => performance.now() } = options;
  const sockets = new Map<string, Socket>();
  let silent = new Map<string, { readonly since: number; readonly tries: number }>();
  let isLooking = false;

  async function look(): Promise<void> {
    if (sockets.size === 0 || isLooking) return;
    isLooking = true;
    try {
      const rows = await read();
      if (!rows) return close();
      const time = now();
      const still: typeof silent = new Map();
      for (const { key, tries } of rows) {
        const socket = sockets.get(key);
        if (!socket) continue;
        const before = silent.get(key);
        // Fewer tries than before: one of them was answered in between.
        const since = before && tries >= before.tries ? before.since : time;
        if (tries >= DEAD_PEER_TRIES && time - since >= DEAD_PEER_SILENT_MS) socket.destroy();
        else still.set(key, { since, tries });
      }
      silent = still;
    } finally {
      isLooking = false;
    }
  }

  const timer = setInterval(() => void look(), DEAD_PEER_LOOK_MS);
  timer.unref();
  function close(): void {
    clearInterval(timer);
  }

  return {
    watch(socket) {
      const { localPort, remoteAddress, remotePort } = socket;
      if (localPort === undefined || remoteAddress === undefined || remotePort === undefined) return; // it is gone already
      const key = connectionKey({ localPort, remoteAddress, remotePort });
      sockets.set(key, socket);
      socket.once("close", () => {
        if (sockets.get(key) === socket) sockets.delete(key);
      });
    },
    look,
    close,
  };
}
