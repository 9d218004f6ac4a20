import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { resourcesOf, settled } from "./fuzz/resources.ts";
import { type ServerProcess, startServer } from "./harness.ts";
import { ATTACKS } from "./siege/attacks.ts";
import { type Chatters, signUp, startChatters } from "./siege/chatters.ts";
import { ATTACKER } from "./siege/source-addresses.ts";

/** Of what `npm run chaos -- measure attacks` does. */
const SHARE = 1 / 50;
const ATTACK_MS = 5_000;
const SETTLE_MS = 10_000;
/** Log, read model and the connections of those who chat come and go. */
const DESCRIPTORS_SLACK = 8;

describe("a server with 1,024 descriptors and a heap of 256 MB", () => {
  let dataDir: string;
  let server: ServerProcess;
  let chatters: Chatters;
  let token: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "chat-siege-"));
    server = await startServer({
      dataDir,
      env: { NODE_OPTIONS: "--max-old-space-size=256", LOG_LEVEL: "info" },
      ...(process.platform === "linux" && { through: ["prlimit", "--nofile=1024:1024"] }),
    });
    token = await signUp(server.url, "attacker", ATTACKER);
    chatters = await startChatters({ url: server.url, count: 8, perSecond: 20 });
    await chatters.during(delay(500));
  });
  afterAll(async () => {
    await chatters?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  });

  beforeEach(async () => {
    // What one attack does to the server is not held against the next.
    if (server.pid === undefined) await server.restart();
  });

  it.each(ATTACKS)("lives through $name, lets go of what they took, and every message is answered", async (attack) => {
    const before = await resourcesOf(server.pid);
    const target = { host: "127.0.0.1", port: server.port, localAddress: ATTACKER, token };
    const count = Math.ceil(attack.count * SHARE);
    const attacking = attack.run(target, count, AbortSignal.timeout(ATTACK_MS));
    const { failed } = await chatters.during(attacking);
    const tally = await attacking;
    expect(server.pid, server.output().slice(-1_000)).toBeDefined();
    expect(failed).toEqual([]);
    expect(tally.sent).toBeGreaterThan(0);
    if (!before) return; // the system does not tell
    const most = before.descriptors + DESCRIPTORS_SLACK;
    expect((await settled(server.pid, most, SETTLE_MS))?.descriptors).toBeLessThanOrEqual(most);
  });
});
