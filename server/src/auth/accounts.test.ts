import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { createKeyValueMemory, createMemoryKeyValueStore } from "../testing/memory-key-value-store.ts";
import { type Accounts, createAccounts } from "./accounts.ts";
import { FAILURES_MAX, LOCK_MS } from "./sign-in-throttle.ts";

const ada = { email: "Ada@Example.org", username: "ada", password: "correct horse 9 battery", displayName: "Ada" };

describe("accounts", () => {
  const opened: Accounts[] = [];
  afterEach(async () => {
    for (const accounts of opened.splice(0)) await accounts.close();
  });

  /** Servers on one store, with a clock that tests move. */
  async function setUp(count = 1): Promise<{ servers: Accounts[]; clock: { now: number } }> {
    const memory = createKeyValueMemory();
    const clock = { now: 1_800_000_000_000 };
    const servers: Accounts[] = [];
    for (let index = 0; index < count; index++) {
      const accounts = await createAccounts({
        keyValue: createMemoryKeyValueStore({ memory }),
        clock: () => clock.now,
        logger: pino({ level: "silent" }),
        passwordCost: { memoryKib: 64, passes: 1, lanes: 1 },
      });
      opened.push(accounts);
      await accounts.ready;
      servers.push(accounts);
    }
    return { servers, clock };
  }
  const one = async () => {
    const { servers, clock } = await setUp();
    return { accounts: servers[0] as Accounts, clock };
  };

  it("signs in by handle or e-mail address, without regard to case, on every server", async () => {
    const { servers } = await setUp(2);
    await servers[0]?.register(ada);
    for (const login of ["ada", "ada@example.org", "ADA@example.ORG"]) {
      expect((await servers[1]?.login({ login, password: ada.password }))?.user).toEqual({
        handle: "ada",
        displayName: "Ada",
      });
    }
  });

  it("says the same of a wrong password and an unknown name", async () => {
    const { accounts } = await one();
    await accounts.register(ada);
    const wrong = await accounts.login({ login: "ada", password: "wrong password" }).catch((error: unknown) => error);
    const unknown = await accounts
      .login({ login: "nobody", password: "wrong password" })
      .catch((error: unknown) => error);
    expect(wrong).toMatchObject({ code: "unauthenticated" });
    expect((unknown as Error).message).toBe((wrong as Error).message);
  });

  it("makes one account of many registrations at once, and names what is taken", async () => {
    const { servers } = await setUp(3);
    const attempts = servers.flatMap((accounts, index) => [
      accounts.register(ada),
      accounts.register({ ...ada, username: `ada${index}` }),
    ]);
    const results = await Promise.allSettled(attempts);
    // The address is the same in all of them, so only one can have it.
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results) {
      if (result.status === "rejected")
        expect((result.reason as { code: string }).code).toMatch(/already_exists|aborted|unavailable/);
    }
    const taken = servers[0]?.register({ ...ada, username: "another" });
    await expect(taken).rejects.toMatchObject({ code: "already_exists", details: { fields: [{ field: "email" }] } });
  });

  it("refuses passwords that everybody tries first", async () => {
    const { accounts } = await one();
    const refused = accounts.register({ ...ada, password: "password123" });
    await expect(refused).rejects.toMatchObject({
      code: "invalid_argument",
      details: { fields: [{ field: "password" }] },
    });
  });

  it("locks a name for a while after too many failures, whoever asks, and forgets them after", async () => {
    const { accounts, clock } = await one();
    await accounts.register(ada);
    for (let count = 0; count < FAILURES_MAX; count++)
      await accounts.login({ login: "ada", password: "wrong" }).catch(() => {});
    await expect(accounts.login({ login: "ada", password: ada.password })).rejects.toMatchObject({
      code: "resource_exhausted",
    });
    clock.now += LOCK_MS + 1;
    expect((await accounts.login({ login: "ada", password: ada.password })).user.handle).toBe("ada");
  });

  it("takes a refresh token once, and ends the session of one that was stolen", async () => {
    const { accounts, clock } = await one();
    const first = await accounts.register(ada);
    const second = await accounts.refresh(first.refreshToken);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect((await accounts.authenticate(`Bearer ${second.accessToken}`)).handle).toBe("ada");
    clock.now += 3_600_000;
    await expect(accounts.refresh(first.refreshToken)).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(accounts.refresh(second.refreshToken)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("knows no token that has ended, was forged or belongs to a session that was signed out on another server", async () => {
    const { servers, clock } = await setUp(2);
    const [here, there] = servers as [Accounts, Accounts];
    const { accessToken } = await here.register(ada);
    const authorization = `Bearer ${accessToken}`;
    const caller = await there.authenticate(authorization);
    const refused = async (value: string | undefined) => {
      await expect((async () => there.authenticate(value))()).rejects.toMatchObject({ code: "unauthenticated" });
    };
    await refused(undefined);
    await refused("Bearer ");
    await refused(`${authorization}x`);
    const ended: string[] = [];
    there.onSessionEnded((sessionId) => ended.push(sessionId));
    await here.logout(caller);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toEqual([caller.sessionId]);
    await refused(authorization);
    const again = await here.login({ login: "ada", password: ada.password });
    clock.now = again.accessExpiresAt + 1;
    await refused(`Bearer ${again.accessToken}`);
  });

  it("makes the demo users once, however many servers start", async () => {
    const { servers } = await setUp(2);
    await Promise.all(servers.map((accounts) => accounts.ensureDemoUsers()));
    expect(servers[0]?.directory.search("mehdi", 10).map(({ handle }) => handle)).toEqual([
      "mehdi",
      "mehdi1",
      "mehdi2",
    ]);
    expect((await servers[1]?.login({ login: "mehdi2@yahoo.com", password: "000000" }))?.user.handle).toBe("mehdi2");
  });
});
