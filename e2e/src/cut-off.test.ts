import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { callJson, type JsonAnswer, signIn } from "./call.ts";
import { type ServerProcess, startServer, until } from "./harness.ts";

const PASSWORD = "correct horse 9 battery";
const WAVES = 5;
const PER_WAVE = 5;

/** What was cut off is finished 30 s after it began, by a sweep that comes every minute. */
const SWEPT_MS = 150_000;

interface Registration {
  readonly username: string;
  readonly email: string;
  readonly clientId: string;
}

const CUT: JsonAnswer = { status: 0, requestId: null, body: {} };

/** An answer, or that the server was killed before it. */
const answerOrCut = (call: Promise<JsonAnswer>): Promise<JsonAnswer> => call.catch(() => CUT);

const register = ({ url }: ServerProcess, who: Registration, password = PASSWORD): Promise<JsonAnswer> =>
  callJson(url, "AuthService/Register", { ...who, password });

const login = ({ url }: ServerProcess, { username }: Registration): Promise<JsonAnswer> =>
  callJson(url, "AuthService/Login", { login: username, password: PASSWORD });

/** Does something five at a time, and kills the server at another moment of it in each wave. */
async function inWaves<T>(server: ServerProcess, all: readonly T[], act: (each: T) => Promise<unknown>): Promise<void> {
  let tookMs = 0;
  for (let wave = 0; wave < WAVES; wave++) {
    const startedAt = performance.now();
    const acts = all.slice(wave * PER_WAVE, (wave + 1) * PER_WAVE).map(act);
    if (wave === 0) {
      await Promise.all(acts); // the measure of the others
      tookMs = performance.now() - startedAt;
      continue;
    }
    await delay((tookMs * (wave - 0.5)) / (WAVES - 1));
    await server.kill();
    await Promise.all(acts);
    await server.restart();
  }
}

it(
  "leaves each name free or with a working account, whenever the server is killed during registrations and removals",
  { timeout: 600_000 },
  async () => {
    await using server = await startServer({ env: { LOG_LEVEL: "info" } });
    const all = Array.from({ length: WAVES * PER_WAVE }, (_, number): Registration => {
      const username = `cut-off-${number}`;
      return { username, email: `${username}@example.org`, clientId: randomUUID() };
    });
    const answered = new Set<Registration>();
    await inWaves(server, all, async (who) => {
      if ((await answerOrCut(register(server, who))).status === 200) answered.add(who);
    });
    expect(answered.size).toBeGreaterThanOrEqual(PER_WAVE);
    expect(answered.size).toBeLessThan(all.length);

    // Those who ask again are helped at once; for the others nobody asks, and other people want their names.
    const asking = all.filter((who, number) => answered.has(who) || number % 2 === 0);
    for (const who of asking) expect([who.username, (await register(server, who)).status]).toEqual([who.username, 200]);
    const silent = all.filter((who) => !asking.includes(who));
    for (const who of silent) {
      const another = { ...who, clientId: randomUUID() };
      await until(
        `${who.username} is free or has an account`,
        async () => (await login(server, who)).status === 200 || (await register(server, another)).status === 200,
        SWEPT_MS,
      );
    }
    for (const who of all) expect([who.username, (await login(server, who)).status]).toEqual([who.username, 200]);

    const people = await Promise.all(
      all.map(async (who) => ({ ...who, ...(await signIn(server.url, who.username, PASSWORD)) })),
    );
    await inWaves(server, people, ({ token }) => {
      const request = { password: PASSWORD, withMessages: true, clientId: randomUUID() };
      return answerOrCut(callJson(server.url, "AuthService/DeleteAccount", request, token));
    });
    const { token } = await signIn(server.url, "mehdi");
    let removed = 0;
    for (const who of people) {
      const isWhole = async (): Promise<boolean> => {
        if ((await login(server, who)).status === 200) return true; // its removal had not begun
        const { body } = await callJson(server.url, "ChatService/GetUser", { user: who.id }, token);
        return (body as { user?: { removed?: boolean } }).user?.removed === true;
      };
      await until(`${who.username} works or is removed`, isWhole, SWEPT_MS);
      if ((await login(server, who)).status === 200) continue;
      removed++;
      const { username, email } = who;
      const taken = await register(server, { username, email: `other-${email}`, clientId: randomUUID() });
      expect([username, taken.body["code"]]).toEqual([username, "already_exists"]);
      const after = { username: `${username}-after`, email, clientId: randomUUID() };
      await until(
        `the address of ${username} is free`,
        async () => (await register(server, after)).status === 200,
        SWEPT_MS,
      );
    }
    expect(removed).toBeGreaterThanOrEqual(PER_WAVE);
  },
);
