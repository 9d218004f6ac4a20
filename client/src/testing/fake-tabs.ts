import { LockStolen, type Tabs } from "../feed/tabs.ts";

/** A browser's locks and channels in this process. */
export interface FakeBrowser {
  /** One tab of it. */
  tab(): FakeTab;
}

export interface FakeTab extends Tabs {
  /** Nothing reaches it and nothing leaves it until `thaw`; what was posted to it waits. */
  freeze(): void;
  thaw(): void;
  /** It is gone without a word: its locks go, nothing of it reaches the others. */
  crash(): void;
  /** What is posted to it is lost from now on, or no longer. */
  deaf: boolean;
}

interface Holding {
  readonly tab: object;
  readonly steal: (error: LockStolen) => void;
}

export function createFakeBrowser(): FakeBrowser {
  const held = new Map<string, Holding>();
  const queues = new Map<string, (() => void)[]>();
  const channels = new Map<string, Set<{ readonly tab: object; receive(message: unknown): void }>>();

  function release(name: string, holding: Holding): void {
    if (held.get(name) !== holding) return;
    held.delete(name);
    queues.get(name)?.shift()?.();
  }

  return {
    tab() {
      let frozen: (() => void)[] | undefined;
      let isGone = false;
      const whenAwake = (run: () => void): void => void (isGone ? undefined : frozen ? frozen.push(run) : run());

      const tab: FakeTab = {
        deaf: false,
        freeze: () => void (frozen ??= []),
        thaw() {
          const waiting = frozen ?? [];
          frozen = undefined;
          for (const run of waiting) run();
        },
        crash() {
          isGone = true;
          for (const [name, holding] of held) if (holding.tab === tab) release(name, holding);
        },
        lock(name, run, { signal, steal }) {
          return new Promise((resolve, reject) => {
            const queue = queues.get(name) ?? [];
            queues.set(name, queue);
            const abort = (): void => {
              const at = queue.indexOf(start);
              if (at >= 0) queue.splice(at, 1);
              reject(signal.reason as Error);
            };
            const start = (): void => {
              signal.removeEventListener("abort", abort);
              const holding: Holding = { tab, steal: (error) => whenAwake(() => reject(error)) };
              held.set(name, holding);
              const end = (): void => release(name, holding);
              run().then(resolve, reject).finally(end);
            };
            if (steal) {
              held.get(name)?.steal(new LockStolen("another tab has taken the lock"));
              start();
            } else if (held.has(name)) {
              queue.push(start);
              signal.addEventListener("abort", abort, { once: true });
            } else start();
          });
        },
        channel(name, onMessage) {
          const others = channels.get(name) ?? new Set();
          channels.set(name, others);
          const self = { tab, receive: (message: unknown) => whenAwake(() => onMessage(message)) };
          others.add(self);
          return {
            post(message) {
              const copy = structuredClone(message);
              whenAwake(() => {
                for (const other of others)
                  if (other.tab !== tab && !(other.tab as FakeTab).deaf) queueMicrotask(() => other.receive(copy));
              });
            },
            close: () => void others.delete(self),
          };
        },
      };
      return tab;
    },
  };
}
