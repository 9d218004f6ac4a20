import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { createFileStorage } from "../storage/file-storage.ts";
import { createMemoryArea, createMemoryStorage } from "../storage/memory-storage.ts";
import { SESSION_KEY } from "../storage/storage.ts";
import { clientUnderTest } from "../testing/client-under-test.ts";
import { UNREACHABLE } from "../testing/fake-server.ts";
import { settled } from "../testing/fake-time.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MINUTE_MS = 60_000;
const SIGNED_IN = { state: "signed-in", user: { id: 4096, handle: "ada", displayName: "ADA", removed: false } };

describe("session", () => {
  it("signs in, and is still signed in on the next run", async () => {
    await using first = await clientUnderTest({ autoStart: false });
    expect(first.client.session.$state.get()).toEqual(SIGNED_IN);
    await using next = await clientUnderTest({ ...first, autoStart: false, signIn: false });
    expect(next.client.session.$state.get()).toEqual(SIGNED_IN);
    expect(first.server.count("login")).toBe(1);
  });

  it("leaves no timer behind when the answer comes after the client was closed", async () => {
    const test = await clientUnderTest({ autoStart: false, signIn: false });
    const answer = Promise.withResolvers<void>();
    test.server.disturb("login", { answerAfter: answer.promise });
    const signingIn = test.client.session.login({ login: "ada", password: "secret" });
    await settled();
    await test.client.close();
    answer.resolve();
    await signingIn;
    await settled();
    expect(test.time.pending()).toEqual([]);
  });

  it("says why signing in failed and stays signed out", async () => {
    await using test = await clientUnderTest({ autoStart: false, signIn: false });
    const { session } = test.client;
    await expect(session.login({ login: "eve", password: "secret" })).rejects.toMatchObject({
      code: "unauthenticated",
    });
    expect(session.$state.get()).toEqual({ state: "signed-out", ended: false });
    expect(test.storage.keys("")).toEqual([]);
  });

  it("renews silently a minute before the token ends, and not before", async () => {
    await using test = await clientUnderTest({ autoStart: false });
    await test.time.advance(13 * MINUTE_MS);
    expect(test.server.count("refresh")).toBe(0);
    await test.time.advance(MINUTE_MS + 1);
    expect(test.server.count("refresh")).toBe(1);
    await test.time.advance(14 * MINUTE_MS + 1);
    expect(test.server.count("refresh")).toBe(2);
    expect(test.client.session.$state.get()).toEqual(SIGNED_IN);
  });

  it("renews once for many callers whose token was refused", async () => {
    await using test = await clientUnderTest({ autoStart: false });
    test.server.accounts.expireTokens();
    const answers = await Promise.all(Array.from({ length: 5 }, () => test.client.session.whoAmI()));
    expect(answers.map(({ handle }) => handle)).toEqual(["ada", "ada", "ada", "ada", "ada"]);
    expect(test.server.count("refresh")).toBe(1);
  });

  it("renews once over all clients of a storage", async () => {
    const area = createMemoryArea();
    await using one = await clientUnderTest({ autoStart: false, storage: createMemoryStorage(area) });
    const { server, time } = one;
    await using other = await clientUnderTest({ autoStart: false, storage: createMemoryStorage(area), server, time });
    server.accounts.expireTokens();
    await Promise.all([one.client.session.whoAmI(), other.client.session.whoAmI()]);
    expect(server.count("refresh")).toBe(1);
  });

  it("tries a refused call once more, not again and again", async () => {
    await using test = await clientUnderTest({ autoStart: false });
    const refused = { fail: new ConnectError("no", Code.Unauthenticated) };
    test.server.disturb("listMessages", refused, { times: 9 });
    await expect(test.client.messages.list()).rejects.toMatchObject({ code: "unauthenticated" });
    expect(test.server.count("listMessages")).toBe(2);
    expect(test.server.count("refresh")).toBe(1);
  });

  it("outlives any trouble of the network", async () => {
    await using test = await clientUnderTest({ autoStart: false });
    test.server.disturb("refresh", UNREACHABLE, { times: Infinity });
    await test.time.advance(60 * MINUTE_MS);
    expect(test.server.count("refresh")).toBeGreaterThan(10);
    expect(test.client.session.$state.get()).toEqual(SIGNED_IN);
    test.server.calm();
    await test.time.advance(10_000);
    test.server.accounts.expireTokens();
    expect(await test.client.session.whoAmI()).toMatchObject({ handle: "ada" });
  });

  it.each([Code.Internal, Code.ResourceExhausted, Code.PermissionDenied, Code.Unknown])(
    "is not ended by code %i",
    async (code) => {
      await using test = await clientUnderTest({ autoStart: false });
      test.server.accounts.expireTokens();
      test.server.disturb("refresh", { fail: new ConnectError("trouble", code) });
      await expect(test.client.session.whoAmI()).rejects.toThrow();
      expect(test.client.session.$state.get()).toEqual(SIGNED_IN);
    },
  );

  it("is over when the server says so", async () => {
    await using test = await clientUnderTest();
    const items = test.client.drafts;
    items.set("@bob", "unsent");
    test.server.accounts.endSessions();
    await expect(test.client.session.whoAmI()).rejects.toMatchObject({ code: "unauthenticated" });
    expect(test.client.session.$state.get()).toEqual({ state: "signed-out", ended: true });
    expect(test.storage.get(SESSION_KEY)).toBeUndefined();
    await test.client.session.login({ login: "ada", password: "secret" });
    expect(items.get("@bob")).toBe("unsent");
  });

  it("uses the old token while renewing fails and it is still good", async () => {
    await using test = await clientUnderTest({ autoStart: false });
    test.server.disturb("refresh", UNREACHABLE, { times: Infinity });
    await test.time.advance(14 * MINUTE_MS + 30_000);
    expect(await test.client.session.whoAmI()).toMatchObject({ handle: "ada" });
  });

  it("forgets everything of the user on signing out, and nothing of others", async () => {
    await using test = await clientUnderTest({ cursor: "stored" });
    await test.storage.set("u/40960/draft/@bob", "not ada's");
    test.server.disturb("sendMessage", UNREACHABLE, { times: Infinity });
    test.client.drafts.set("@bob", "unsent");
    await test.client.outbox.add({ kind: "send", conversation: "@bob", text: "hello" });
    test.server.post("bob", "@ada", "hi");
    await settled();
    await test.client.session.logout();
    await test.time.advance(MINUTE_MS);
    expect(test.storage.keys("")).toEqual(["u/40960/draft/@bob"]);
    expect(test.client.session.$state.get()).toEqual({ state: "signed-out", ended: false });
    expect(test.client.outbox.$items.get()).toEqual([]);
    expect(test.client.conversations.$state.get()).toMatchObject({ conversations: [], loaded: false, loading: false });
    expect(test.server.count("logout")).toBe(1);
    expect(test.server.streams.open).toHaveLength(0);
  });

  it("signs out here when the server can't be reached", async () => {
    await using test = await clientUnderTest();
    test.server.disturb("logout", UNREACHABLE, { times: Infinity });
    await test.client.session.logout();
    expect(test.client.session.$state.get()).toEqual({ state: "signed-out", ended: false });
    expect(test.storage.keys("")).toEqual([]);
  });

  it("signs out on the server also when the access token has run out", async () => {
    await using test = await clientUnderTest({ autoStart: false });
    test.server.accounts.expireTokens();
    await test.client.session.logout();
    expect(test.server.calls.map(({ method }) => method)).toEqual(["login", "logout", "refresh", "logout"]);
  });

  it("forgets on signing out what other processes wrote for the user", async () => {
    const folder = await mkdtemp(join(tmpdir(), "client-session-"));
    try {
      const path = join(folder, "state.json");
      await using test = await clientUnderTest({ autoStart: false, storage: await createFileStorage(path) });
      const other = await createFileStorage(path);
      await other.set("u/4096/draft/@bob", "unsent");
      await test.client.session.logout();
      await other.sync();
      expect(other.keys("")).toEqual([]);
      await other.close();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("follows other tabs in and out", async () => {
    const area = createMemoryArea();
    await using one = await clientUnderTest({ autoStart: false, storage: createMemoryStorage(area), signIn: false });
    const { server, time } = one;
    await using other = await clientUnderTest({ autoStart: false, storage: createMemoryStorage(area), server, time });
    expect(one.client.session.$state.get()).toEqual(SIGNED_IN);
    await other.client.session.logout();
    expect(one.client.session.$state.get()).toEqual({ state: "signed-out", ended: false });
  });

  const NEWCOMER = { email: "eve@example.org", username: "eve", password: "long enough" };

  it("finishes a registration whose answer was lost, with the same client_id, also after a reload", async () => {
    await using test = await clientUnderTest({ autoStart: false, signIn: false });
    const { server, storage, time } = test;
    server.disturb("register", { loseAnswer: true }, { times: 2 });
    await expect(test.client.session.register(NEWCOMER)).rejects.toMatchObject({ code: "unavailable" });
    await expect(test.client.session.register(NEWCOMER)).rejects.toMatchObject({ code: "unavailable" });
    await using next = await clientUnderTest({ autoStart: false, signIn: false, server, storage, time });
    expect(await next.client.session.register(NEWCOMER)).toMatchObject({ handle: "eve", displayName: "eve" });
    const ids = server.calls.filter(({ method }) => method === "register").map(({ request }) => request as object);
    expect(new Set(ids.map((request) => ("clientId" in request ? request.clientId : undefined))).size).toBe(1);
    expect(storage.keys("registration")).toEqual([]);
  });

  it("names the field that is taken, and takes another client_id for another person", async () => {
    await using test = await clientUnderTest({ autoStart: false, signIn: false });
    const taken = test.client.session.register({ ...NEWCOMER, username: "bob" });
    await expect(taken).rejects.toMatchObject({
      code: "already_exists",
      reason: "HANDLE_TAKEN",
      fields: [{ field: "username" }],
    });
    await test.client.session.register(NEWCOMER);
    const ids = test.server.calls.map(({ request }) => (request as { clientId: string }).clientId);
    expect(new Set(ids).size).toBe(2);
  });

  it("changes names everywhere at once, here and where the change comes by the feed", async () => {
    await using test = await clientUnderTest();
    await test.client.session.updateProfile({ username: "ada2" });
    expect(test.client.session.$state.get()).toMatchObject({ user: { id: 4096, handle: "ada2" } });
    test.server.chat.changePerson(4096, { displayName: "Countess" });
    await settled();
    expect(test.client.session.$state.get()).toMatchObject({ user: { handle: "ada2", displayName: "Countess" } });
    expect(test.storage.get(SESSION_KEY)).toMatchObject({ user: { displayName: "Countess" } });
    await expect(test.client.session.updateProfile({ username: "bob" })).rejects.toMatchObject({
      code: "already_exists",
      fields: [{ field: "username" }],
    });
  });

  it("removes the account for good and signs out", async () => {
    await using test = await clientUnderTest();
    const { session } = test.client;
    await expect(session.deleteAccount({ password: "wrong", withMessages: false })).rejects.toMatchObject({
      code: "unauthenticated",
    });
    expect(session.$state.get()).toMatchObject({ state: "signed-in" });
    await session.deleteAccount({ password: "secret", withMessages: false });
    expect(session.$state.get()).toEqual({ state: "signed-out", ended: false });
    expect(test.storage.keys("")).toEqual([]);
    await expect(session.login({ login: "ada", password: "secret" })).rejects.toMatchObject({
      code: "unauthenticated",
    });
  });

  it("has removed the account also where the answer was lost", async () => {
    await using test = await clientUnderTest();
    const { session } = test.client;
    test.server.disturb("deleteAccount", { loseAnswer: true });
    const removal = session.deleteAccount({ password: "secret", withMessages: false });
    await test.time.advance(MINUTE_MS);
    await removal;
    expect(session.$state.get()).toEqual({ state: "signed-out", ended: false });
    expect(test.storage.keys("")).toEqual([]);
  });

  it("does not take a session that ended otherwise for a removal", async () => {
    await using test = await clientUnderTest();
    const { session } = test.client;
    test.server.disturb("deleteAccount", UNREACHABLE);
    const removal = session.deleteAccount({ password: "secret", withMessages: false });
    const refused = expect(removal).rejects.toMatchObject({ code: "unauthenticated" });
    await settled();
    test.server.accounts.endSessions();
    await test.time.advance(MINUTE_MS);
    await refused;
    expect(session.$state.get()).toEqual({ state: "signed-out", ended: true });
    await session.login({ login: "ada", password: "secret" });
  });

  it("never removes the account of somebody who has signed in meanwhile", async () => {
    await using test = await clientUnderTest();
    const { session } = test.client;
    test.server.disturb("deleteAccount", UNREACHABLE);
    const removal = session.deleteAccount({ password: "secret", withMessages: false });
    const refused = expect(removal).rejects.toMatchObject({ code: "unauthenticated" });
    await settled();
    await session.logout();
    await session.login({ login: "bob", password: "secret" });
    await test.time.advance(MINUTE_MS);
    await refused;
    expect(session.$state.get()).toMatchObject({ state: "signed-in", user: { handle: "bob" } });
    expect(test.server.count("deleteAccount")).toBe(1);
  });
});
