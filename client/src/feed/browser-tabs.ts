import { LockStolen, type Tabs } from "./tabs.ts";

/** Before each name, so that other software on the same origin is left alone. */
const PREFIX = "chat:";

/** The parts of a window that are used. */
export interface TabsWindow {
  readonly navigator: { readonly locks?: LockManager };
  readonly BroadcastChannel?: typeof BroadcastChannel;
}

/** Web Locks and BroadcastChannel; undefined where either is missing (a page without a secure context has no locks). */
export function createBrowserTabs(window: TabsWindow): Tabs | undefined {
  const { BroadcastChannel } = window;
  const { locks } = window.navigator;
  if (!locks || !BroadcastChannel) return undefined;
  return {
    async lock(name, run, { signal, steal }) {
      let isHeld = false;
      const held = async (): Promise<void> => {
        isHeld = true;
        await run();
      };
      try {
        // A request that steals never waits and takes no signal.
        await locks.request(PREFIX + name, steal ? { steal } : { signal }, held);
      } catch (error) {
        const isStolen = isHeld && error instanceof DOMException && error.name === "AbortError";
        throw isStolen ? new LockStolen("another tab has taken the lock", { cause: error }) : error;
      }
    },
    channel(name, onMessage) {
      const channel = new BroadcastChannel(PREFIX + name);
      channel.onmessage = ({ data }) => onMessage(data as unknown);
      return {
        post: (message) => channel.postMessage(message),
        close: () => channel.close(),
      };
    },
  };
}
