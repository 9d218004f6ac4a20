import { atom } from "nanostores";
import { v4 as newId } from "uuid";
import type { ConnectionState } from "../types.ts";
import { createFollower, type FollowingTab } from "./follower.ts";
import type { FrameSource, FrameTarget } from "./frame-source.ts";
import { createLeader, type LeadingTab } from "./leader.ts";
import { createOwnStream } from "./own-stream.ts";
import type { StreamOptions } from "./signed-stream.ts";
import { LockStolen, type TabChannel, type Tabs } from "./tabs.ts";
import type { Leader, TabMessage } from "./tab-messages.ts";

/**
 * One stream for all tabs of a browser. Every tab asks for one lock; who holds it leads (`leader.ts`), the others follow
 * (`follower.ts`):
 *
 *   following ──── the lock is there: its holder closed, crashed or signed out ───▶ leading
 *       │  ▲ ────── the leader is silent (frozen): the lock is stolen ──────────────▲  │
 *       │  └──────────────── the lock was stolen by a tab that heard nothing ──────────┘
 *       └ the platform refuses locks: a stream of its own
 *
 * Each leader streams from its own cursor, and followers prove by it that they miss nothing.
 */
export function createSharedStream(
  options: StreamOptions & { tabs: Tabs; /** Tabs of one person share. */ person: number },
  target: FrameTarget,
): FrameSource {
  const { tabs, person, ...stream } = options;
  const { environment } = stream;
  const name = `stream-${person}`;
  const $connection = atom<ConnectionState>({ state: "stopped" });
  const connection = (state: ConnectionState): void => $connection.set(state);
  let run: { readonly channel: TabChannel; role: Role } | undefined;
  /** The wait for the lock, or its holding. */
  let contest: AbortController | undefined;
  let latest: Leader | undefined;

  type Role =
    | { readonly state: "following"; readonly tab: FollowingTab }
    | { readonly state: "leading"; readonly tab: LeadingTab; release(): void }
    | { readonly state: "alone"; readonly tab: FrameSource };

  const post = (message: TabMessage): void => run?.channel.post(message);

  function follow(): Role {
    return { state: "following", tab: createFollower({ stream, target, post, connection, gone: () => contend(true) }) };
  }

  /** Holds the lock until this tab stops or the lock is stolen. */
  async function lead(): Promise<void> {
    if (!run || run.role.state !== "following") return;
    latest = run.role.tab.leader ?? latest;
    run.role.tab.stop();
    const follows = latest !== undefined;
    const leader = { term: Math.max(environment.now(), (latest?.term ?? 0) + 1), id: newId() };
    latest = leader;
    const { promise, resolve } = Promise.withResolvers<void>();
    const tab = createLeader({ stream, leader, follows, target, post, connection });
    run.role = { state: "leading", tab, release: resolve };
    return promise;
  }

  function contend(steal: boolean): void {
    contest?.abort();
    const mine = new AbortController();
    contest = mine;
    tabs.lock(name, lead, { signal: mine.signal, steal }).catch((error: unknown) => {
      if (!run || (mine.signal.aborted && !(error instanceof LockStolen))) return;
      if (error instanceof LockStolen) {
        endRole(run.role);
        run.role = follow();
        contend(false);
        return;
      }
      environment.logger.warn("no lock for the shared stream", { error: String(error) });
      endRole(run.role);
      const tab = createOwnStream(stream, target);
      run.role = { state: "alone", tab };
      tab.$connection.subscribe(connection);
      tab.start();
    });
  }

  function endRole(role: Role): void {
    role.tab.stop();
    if (role.state === "leading") role.release();
  }

  return {
    $connection,
    start() {
      if (run) return;
      const channel = tabs.channel(name, (message) => {
        if (run && run.role.state !== "alone") run.role.tab.take(message as TabMessage);
      });
      run = { channel, role: undefined as unknown as Role };
      run.role = follow();
      contend(false);
    },
    stop() {
      if (!run) return;
      const { role, channel } = run;
      run = undefined;
      endRole(role);
      contest?.abort();
      channel.close();
      $connection.set({ state: "stopped" });
    },
    retryNow() {
      if (!run) return;
      run.role.tab.retryNow();
    },
  };
}
