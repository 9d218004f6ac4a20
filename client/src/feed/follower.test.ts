import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEnvironment } from "../environment.ts";
import { createSession, type Session } from "../session/session.ts";
import { createMemoryStorage } from "../storage/memory-storage.ts";
import { createFakeServer, PASSWORD, UNREACHABLE, type FakeServer } from "../testing/fake-server.ts";
import { createFakeTime, settled, type FakeTime } from "../testing/fake-time.ts";
import type { ConnectionEvent } from "./connection-events.ts";
import { createFollower, type FollowingTab } from "./follower.ts";

const LEADER = { term: 1, id: "leader" };

describe("a following tab that catches up by itself", () => {
  let time: FakeTime;
  let server: FakeServer;
  let session: Session;
  let cursor: string;
  let states: string[];
  let tell: (event: ConnectionEvent) => void;

  beforeEach(async () => {
    time = createFakeTime();
    server = createFakeServer({ now: time.now });
    const environment = createEnvironment({ now: time.now, timers: time.timers, random: () => 0.5 });
    const { transport } = server;
    session = createSession({ transport, storage: createMemoryStorage(), environment, cursor: () => "" });
    await session.login({ login: "ada", password: PASSWORD });
    server.post("bob", "@ada", "hello");
    cursor = "epoch-1:4096";
    states = [];
  });
  afterEach(() => session.close());

  /** A follower that has heard of a leader whose stream is further. */
  function behind(): FollowingTab {
    const environment = createEnvironment({ now: time.now, timers: time.timers, random: () => 0.5 });
    const connectionEvents = {
      listen(listener: typeof tell) {
        tell = listener;
        return () => {};
      },
    };
    const tab = createFollower({
      stream: { transport: server.transport, session, environment, connectionEvents },
      target: {
        cursor: () => cursor,
        fresh: (at) => (cursor = at),
        frame: (frame) => (cursor = frame.cursor || cursor),
      },
      post() {},
      connection: ({ state }) => void states.push(state),
      gone() {},
    });
    const further = `epoch-1:${server.chat.head}`;
    tab.take({ kind: "state", leader: LEADER, n: 1, cursor: further, connection: { state: "live" } });
    return tab;
  }

  it("waits longer after each try that failed", async () => {
    server.disturb("subscribe", UNREACHABLE, { times: Infinity });
    const tab = behind();
    await time.advance(60_000);
    expect(server.count("subscribe")).toBe(9);
    tab.stop();
  });

  it("renews a token that the server refuses", async () => {
    server.accounts.expireTokens();
    const tab = behind();
    await time.advance(1_000);
    expect(server.count("refresh")).toBe(1);
    expect(server.count("subscribe")).toBe(2);
    expect(cursor).toBe(`epoch-1:${server.chat.head}`);
    expect(states.at(-1)).toBe("live");
    tab.stop();
  });

  it.each(["retryNow", "online"] as const)("tries at once on %s", async (reason) => {
    server.disturb("subscribe", UNREACHABLE, { times: Infinity });
    const tab = behind();
    await time.advance(30_000);
    server.calm();
    if (reason === "retryNow") tab.retryNow();
    else tell(reason);
    await settled();
    expect(states.at(-1)).toBe("live");
    tab.stop();
  });

  it("leaves no wait behind when it stops", async () => {
    const before = time.pending();
    server.disturb("subscribe", UNREACHABLE, { times: Infinity });
    const tab = behind();
    await settled();
    tab.stop();
    await settled();
    expect(time.pending()).toEqual(before);
    expect(server.count("subscribe")).toBe(1);
  });
});
