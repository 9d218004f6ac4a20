import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { toBinary } from "@bufbuild/protobuf";
import { EventSchema } from "@chat/proto/chat/log/v1/event";
import { pino } from "pino";
import * as uuid from "uuid";
import { afterEach, describe, expect, it } from "vitest";
import { directId } from "../domain/conversation-id.ts";
import { ADA, posted } from "../testing/events.ts";
import { createKeyValueMemory, createMemoryKeyValueStore } from "../testing/memory-key-value-store.ts";
import { createMemoryRecordLog } from "../testing/memory-record-log.ts";
import { createServerOnLog, type ServerOnLog } from "../testing/server-on-log.ts";
import { type Accounts, createAccounts } from "./accounts.ts";
import { WORK_MAX_MS } from "./account-work.ts";
import { SIGN_IN_REPEAT_MS } from "./sign-ins.ts";
import { FAILURES_MAX, LOCK_MS } from "./sign-in-throttle.ts";
import { loadSigningKeys } from "./signing-keys.ts";

const ada = { email: "Ada@Example.org", username: "ada", password: "correct horse 9 battery", displayName: "Ada" };
const CLIENT_ID = "0192f000-0000-7000-8000-000000000001";
const OTHER_CLIENT_ID = "0192f000-0000-7000-8000-00000000000a";

interface TestServer extends Accounts {
  readonly server: ServerOnLog;
}

describe("accounts", () => {
  const opened: TestServer[] = [];
  afterEach(async () => {
    for (const accounts of opened.splice(0)) {
      await accounts.close();
      await accounts.server.close();
    }
  });

  /** Servers on one store and one log, with a clock that tests move. `crash.after` operations on the store every further one fails. */
  async function setUp(count = 1) {
    const memory = createKeyValueMemory();
    const log = createMemoryRecordLog();
    const clock = { now: 1_800_000_000_000 };
    const crash = { after: Infinity, pause: async (): Promise<void> => {} };
    const servers: TestServer[] = [];
    async function start(): Promise<TestServer> {
      const server = await createServerOnLog({ log, now: () => clock.now });
      const keyValue = createMemoryKeyValueStore({
        memory,
        async before() {
          if (crash.after-- <= 0) throw new Error("the process ends here");
          await crash.pause();
        },
      });
      const accounts = await createAccounts({
        keyValue,
        keys: await loadSigningKeys({
          keyValue,
          ids: () => "key",
          random: (bytes) => new Uint8Array(bytes),
          hasPeople: false,
        }),
        people: server.people,
        deleteMessages: server.deleteMessages,
        clock: () => clock.now,
        logger: pino({ level: "silent" }),
        passwordCost: { memoryKib: 64, passes: 1, lanes: 1 },
      });
      await accounts.ready;
      const made = Object.assign(Object.create(accounts) as Accounts, { server });
      opened.push(made);
      return made;
    }
    for (let index = 0; index < count; index++) servers.push(await start());
    return { servers, clock, crash, start, memory };
  }
  const one = async () => {
    const { servers, ...rest } = await setUp();
    return { accounts: servers[0] as TestServer, ...rest };
  };

  it("signs in by handle or e-mail address, without regard to case, on every server", async () => {
    const { servers } = await setUp(2);
    await servers[0]?.register(ada);
    for (const login of ["ada", "ada@example.org", "ADA@example.ORG"]) {
      const tokens = await servers[1]?.login({ login, password: ada.password });
      expect(servers[1]?.server.people.get(tokens?.person ?? 0)).toMatchObject({ handle: "ada", displayName: "Ada" });
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
    await expect(taken).rejects.toMatchObject({
      code: "already_exists",
      details: { reason: "EMAIL_TAKEN", fields: [{ field: "email" }] },
    });
    const handle = servers.map(({ server }) => server.people.get(ADA)?.handle)[0] ?? "";
    await expect(servers[0]?.register({ ...ada, username: handle })).rejects.toMatchObject({
      code: "already_exists",
      details: { reason: "HANDLE_TAKEN", fields: [{ field: "username" }, { field: "email" }] },
    });
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
    expect(await accounts.login({ login: "ada", password: ada.password })).toMatchObject({ person: ADA });
  });

  it("takes a refresh token once, and ends the session of one that was stolen", async () => {
    const { accounts, clock } = await one();
    const first = await accounts.register(ada);
    const second = await accounts.refresh(first.refreshToken);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(await accounts.authenticate(`Bearer ${second.accessToken}`)).toMatchObject({ person: ADA });
    clock.now += 3_600_000;
    await expect(accounts.refresh(first.refreshToken)).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(accounts.refresh(second.refreshToken)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("knows no token that has ended, was forged or belongs to a session that was signed out on another server", async () => {
    const { servers, clock } = await setUp(2);
    const [here, there] = servers as [TestServer, TestServer];
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
    const [first, second] = servers as [TestServer, TestServer];
    const people = ["mehdi", "mehdi1", "mehdi2"].map((handle) => first.server.people.byHandle(handle)?.id);
    expect(new Set(people).size).toBe(3);
    expect(await second.login({ login: "mehdi2@yahoo.com", password: "000000" })).toMatchObject({ person: people[2] });
  });

  it("makes them on all servers, in whatever order their steps meet in the store", async () => {
    for (let round = 1; round <= 30; round++) {
      const { servers, crash } = await setUp(3);
      let steps = 0;
      crash.pause = () => delay((++steps * round * 7) % 4);
      await Promise.all(servers.map((accounts) => accounts.ensureDemoUsers()));
      for (const accounts of servers)
        await expect(accounts.login({ login: "mehdi2@yahoo.com", password: "000000" })).resolves.toBeDefined();
    }
  });

  it("gives the same account to a repeat of a registration, and nobody else what it needs a password for", async () => {
    const { servers } = await setUp(2);
    const [first, second] = servers as [TestServer, TestServer];
    const { person } = await first.register({ ...ada, clientId: CLIENT_ID });
    expect((await second.register({ ...ada, clientId: CLIENT_ID })).person).toBe(person);
    await expect(
      second.register({ ...ada, password: "another good one 7", clientId: CLIENT_ID }),
    ).rejects.toMatchObject({ code: "already_exists" });
  });

  it("lets nobody into an account by the client_id that it was registered under", async () => {
    const { accounts } = await one();
    await accounts.register({ ...ada, clientId: CLIENT_ID });
    const other = { ...ada, email: "eve@example.org", username: "eve", clientId: CLIENT_ID };
    await expect(accounts.register(other)).rejects.toMatchObject({
      code: "already_exists",
      details: { reason: "CLIENT_ID_REUSED" },
    });
    await accounts.register({ ...other, clientId: OTHER_CLIENT_ID });
  });

  it("begins one session of a sign-in that is repeated, at once or later, on any server", async () => {
    const { servers, clock, memory } = await setUp(2);
    const [first, second] = servers as [TestServer, TestServer];
    const sessions = () => memory.buckets.get("sessions")?.entries.size;
    await first.register({ ...ada, clientId: CLIENT_ID });
    await second.register({ ...ada, clientId: CLIENT_ID });
    expect(sessions()).toBe(1);

    const login = { login: "ada", password: ada.password, clientId: OTHER_CLIENT_ID };
    const answers = await Promise.all([first, second, first, second].map((accounts) => accounts.login(login)));
    clock.now += SIGN_IN_REPEAT_MS - 1;
    answers.push(await second.login({ ...login, login: ada.email, clientId: OTHER_CLIENT_ID.toUpperCase() }));
    expect(new Set(answers.map(({ refreshToken }) => refreshToken)).size).toBe(1);
    expect(sessions()).toBe(2);
    for (const { accessToken } of answers.slice(-1))
      expect(await first.authenticate(`Bearer ${accessToken}`)).toMatchObject({ person: ADA });
    await expect(second.login({ ...login, password: "wrong password" })).rejects.toMatchObject({
      code: "unauthenticated",
    });
    await first.login({ login: "ada", password: ada.password });
    await first.login({ login: "ada", password: ada.password, clientId: "" });
    expect(sessions()).toBe(4);
  });

  it("begins one session of a sign-in that reaches two servers at once, in whatever order their steps meet", async () => {
    const { servers, crash, memory } = await setUp(2);
    await servers[0]?.register(ada);
    let steps = 0;
    for (let round = 1; round <= 20; round++) {
      crash.pause = () => delay((++steps * round * 7) % 4);
      const before = memory.buckets.get("sessions")?.entries.size ?? 0;
      const login = { login: "ada", password: ada.password, clientId: randomUUID() };
      const [one, other] = await Promise.all(servers.map((accounts) => accounts.login(login)));
      expect(one?.refreshToken).toBe(other?.refreshToken);
      expect(memory.buckets.get("sessions")?.entries.size).toBe(before + 1);
    }
  });

  it("begins another session once the first one's tokens were used, after it ended, and after ten minutes", async () => {
    const { accounts, clock } = await one();
    await accounts.register(ada);
    const login = { login: "ada", password: ada.password, clientId: CLIENT_ID };
    const used = await accounts.login(login);
    await accounts.refresh(used.refreshToken);
    const ended = await accounts.login(login);
    await accounts.logout(await accounts.authenticate(`Bearer ${ended.accessToken}`));
    const old = await accounts.login(login);
    clock.now += SIGN_IN_REPEAT_MS;
    const last = await accounts.login(login);
    expect(new Set([used, ended, old, last].map(({ refreshToken }) => refreshToken.split(".")[0])).size).toBe(4);
    expect((await accounts.login(login)).refreshToken).toBe(last.refreshToken);
  });

  it("signs out of one session more than once, on any server, as long as the token would be good", async () => {
    const { servers, clock } = await setUp(2);
    const [here, there] = servers as [TestServer, TestServer];
    const { accessToken, accessExpiresAt } = await here.register(ada);
    const authorization = `Bearer ${accessToken}`;
    for (const accounts of [here, there, here])
      await accounts.logout(await accounts.authenticate(authorization, { mayBeOver: true }));
    await expect((async () => there.authenticate(authorization))()).rejects.toMatchObject({ code: "unauthenticated" });
    clock.now = accessExpiresAt;
    await expect((async () => there.authenticate(authorization, { mayBeOver: true }))()).rejects.toMatchObject({
      code: "unauthenticated",
    });
  });

  it("refuses a change of the profile under a client_id that was used for something else", async () => {
    const { accounts } = await one();
    const { accessToken, person } = await accounts.register(ada);
    const caller = await accounts.authenticate(`Bearer ${accessToken}`);
    const message = posted(person, directId(person, person), 1, "dear diary");
    await accounts.server.settlement.submit(toBinary(EventSchema, message));
    const reused = accounts.updateProfile(caller, { displayName: "Adele" }, uuid.stringify(message.clientId));
    await expect(reused).rejects.toMatchObject({ code: "already_exists", details: { reason: "CLIENT_ID_REUSED" } });
    expect(accounts.server.people.get(person)).toMatchObject({ displayName: "Ada" });

    await accounts.updateProfile(caller, { username: "adele" }, CLIENT_ID);
    await accounts.updateProfile(caller, { username: "adele" }, CLIENT_ID);
    await expect(accounts.updateProfile(caller, { username: "adelle" }, CLIENT_ID)).rejects.toMatchObject({
      details: { reason: "CLIENT_ID_REUSED" },
    });
    expect(accounts.server.people.get(person)).toMatchObject({ handle: "adele" });
  });

  it("finishes a registration that was cut off at any step, by a repeat or by the sweep of any server", async () => {
    for (const by of ["repeat", "sweep"] as const) {
      for (let after = 0; ; after++) {
        const { accounts, crash, start, clock } = await one();
        crash.after = after;
        const failed = await accounts.register({ ...ada, clientId: CLIENT_ID }).then(
          () => false,
          () => true,
        );
        crash.after = Infinity;
        const other = await start();
        clock.now += WORK_MAX_MS + 1;
        if (by === "repeat") await other.register({ ...ada, clientId: CLIENT_ID });
        else await other.finishWork();
        // Where nothing had been noted there is nothing to finish: then everything is free.
        if (by === "sweep" && !other.server.people.byHandle("ada")) await other.register(ada);
        const { person } = await other.login({ login: "ada", password: ada.password });
        expect(await other.login({ login: ada.email, password: ada.password })).toMatchObject({ person });
        expect(other.server.people.get(person)).toMatchObject({ handle: "ada", removed: false });
        if (!failed) break;
      }
    }
  });

  it("renames: the old handle signs in as well, and is nobody else's", async () => {
    const { accounts } = await one();
    const tokens = await accounts.register(ada);
    const caller = await accounts.authenticate(`Bearer ${tokens.accessToken}`);
    await accounts.updateProfile(caller, { username: "adele", displayName: "Adele" }, CLIENT_ID);
    for (const login of ["ada", "adele"])
      expect(await accounts.login({ login, password: ada.password })).toMatchObject({ person: tokens.person });
    await expect(accounts.register({ ...ada, email: "b@example.org" })).rejects.toMatchObject({
      code: "already_exists",
      details: { fields: [{ field: "username" }] },
    });
  });

  it("finishes a removal that was cut off when its person signs in, and begins no session", async () => {
    for (let after = 0; ; after++) {
      const { accounts, crash, start, memory } = await one();
      const { accessToken, person } = await accounts.register(ada);
      const caller = await accounts.authenticate(`Bearer ${accessToken}`);
      crash.after = after;
      const failed = await accounts.deleteAccount(caller, { password: ada.password, withMessages: true }).then(
        () => false,
        () => true,
      );
      crash.after = Infinity;
      const other = await start();
      if ((memory.buckets.get("account-work")?.entries.size ?? 0) > 0) {
        const again = other.login({ login: "ada", password: ada.password });
        await expect(again).rejects.toMatchObject({ code: "unauthenticated" });
        expect(other.server.people.get(person)).toMatchObject({ removed: true });
        expect(memory.buckets.get("sessions")?.entries.size).toBe(0);
      }
      if (!failed) break;
    }
  });

  it("removes an account for good, after a crash at any step as well", async () => {
    for (let after = 0; ; after++) {
      const { accounts, crash, start, clock, memory } = await one();
      const { accessToken, person } = await accounts.register({ ...ada, clientId: CLIENT_ID });
      const caller = await accounts.authenticate(`Bearer ${accessToken}`);
      await expect(accounts.deleteAccount(caller, { password: "wrong", withMessages: true })).rejects.toMatchObject({
        code: "unauthenticated",
      });
      await accounts.server.settlement.submit(
        toBinary(EventSchema, posted(person, directId(person, person), 1, "dear diary")),
      );
      crash.after = after;
      const failed = await accounts.deleteAccount(caller, { password: ada.password, withMessages: true }).then(
        () => false,
        () => true,
      );
      crash.after = Infinity;
      const begun = [...(memory.buckets.get("account-work")?.entries.keys() ?? [])].length > 0;
      const other = await start();
      clock.now += WORK_MAX_MS + 1;
      await other.finishWork();
      if (!failed || begun) {
        expect(other.server.people.get(person)).toMatchObject({ handle: "", displayName: "", removed: true });
        await expect(other.login({ login: "ada", password: ada.password })).rejects.toMatchObject({
          code: "unauthenticated",
        });
        for (const name of ["accounts", "emails", "account-work", "sign-ins"])
          expect([name, memory.buckets.get(name)?.entries.size]).toEqual([name, 0]);
        const [message] = other.server.projection.database.prepare("SELECT seq FROM message").all() as {
          seq: number;
        }[];
        expect(other.server.projection.messages.row(message?.seq ?? 0)).toMatchObject({ deleted: true, text: "" });
        // The handle stays taken, the address does not.
        await expect(other.register(ada)).rejects.toMatchObject({ details: { fields: [{ field: "username" }] } });
        await other.register({ ...ada, username: "ada-2" });
      }
      if (!failed) break;
    }
  });
});
