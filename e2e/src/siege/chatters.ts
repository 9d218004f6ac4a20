import { randomUUID } from "node:crypto";
import { Agent } from "node:http";
import { callFrom } from "./call-from.ts";
import { addressOf } from "./source-addresses.ts";

const PASSWORD = "correct horse 9 battery";
/** Passwords are hashed: no more than a small machine does at once. */
const SIGN_INS_AT_ONCE = 4;
const TICK_MS = 2;
/** Connections that a slow moment took are closed again soon. */
const IDLE_MS = 5_000;
const TEXT = "x".repeat(100);

/** How those who chat fared for a while. */
export interface Phase {
  /** From when each message was due until its acknowledgement, in milliseconds. */
  readonly latencies: readonly number[];
  /** Messages that got an error, or no answer within 30 s; the reasons. */
  readonly failed: readonly string[];
}

interface Outcome {
  readonly latencyMs: number;
  /** Undefined: acknowledged. */
  readonly failure: string | undefined;
}

/** People who write to each other at a steady rate, whatever the answers take. */
export interface Chatters extends AsyncDisposable {
  /** Waits for the work to end and then for the answers to all messages that were due meanwhile. */
  during(work: Promise<unknown>): Promise<Phase>;
  /** Signs everybody in with a new session: access tokens are good for ten minutes. */
  renew(): Promise<void>;
}

/** Signs somebody new up. @throws Error when the server refuses */
export async function signUp(url: string, handle: string, localAddress: string): Promise<string> {
  const input = { email: `${handle}@example.org`, username: handle, password: PASSWORD };
  const { body } = await callFrom({ url, localAddress }, "AuthService/Register", input);
  return tokenIn(body, handle);
}

/** Signs people up and has them talk: each to the next. @param options.perSecond messages of all together */
export async function startChatters(options: { url: string; count: number; perSecond: number }): Promise<Chatters> {
  const { url, count, perSecond } = options;
  const prefix = `chatter-${randomUUID().slice(0, 6)}`;
  const people = Array.from({ length: count }, (_, number) => ({
    handle: `${prefix}-${number}`,
    localAddress: addressOf(number),
    agent: new Agent({ keepAlive: true, maxSockets: 8, timeout: IDLE_MS }),
    token: "",
  }));

  async function eachInTurn(work: (person: (typeof people)[number]) => Promise<void>): Promise<void> {
    const queue = people.values();
    const worker = async (): Promise<void> => {
      for (const person of queue) await work(person);
    };
    await Promise.all(Array.from({ length: SIGN_INS_AT_ONCE }, worker));
  }

  await eachInTurn(async (person) => void (person.token = await signUp(url, person.handle, person.localAddress)));

  let outcomes: Promise<Outcome>[] = [];
  let number = 0;
  let due = performance.now();

  async function send(dueAt: number): Promise<Outcome> {
    const from = people[number % count];
    const to = people[++number % count];
    if (!from || !to) return { latencyMs: NaN, failure: "nobody" };
    const message = { to: `@${to.handle}`, text: `${number} ${TEXT}`, clientId: randomUUID() };
    let failure: string | undefined;
    try {
      const { status, body } = await callFrom({ url, ...from }, "ChatService/SendMessage", message);
      if (status !== 200) failure = `${status} ${String(body["code"])}`;
    } catch (error) {
      failure = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    }
    return { latencyMs: performance.now() - dueAt, failure };
  }

  const timer = setInterval(() => {
    for (; due <= performance.now(); due += 1_000 / perSecond) outcomes.push(send(due));
  }, TICK_MS);

  return {
    async during(work) {
      outcomes = [];
      await work;
      const told = await Promise.all(outcomes.splice(0));
      return {
        latencies: told.flatMap(({ latencyMs, failure }) => (failure === undefined ? [latencyMs] : [])),
        failed: told.flatMap(({ failure }) => (failure === undefined ? [] : [failure])),
      };
    },
    renew: () =>
      eachInTurn(async (person) => {
        const { handle, localAddress } = person;
        const { body } = await callFrom({ url, localAddress }, "AuthService/Login", {
          login: handle,
          password: PASSWORD,
        });
        person.token = tokenIn(body, handle);
      }),
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      for (const { agent } of people) agent.destroy();
      await Promise.all(outcomes);
    },
  };
}

function tokenIn(body: Record<string, unknown>, handle: string): string {
  const { session } = body as { session?: { accessToken: string } };
  if (!session) throw new Error(`${handle} can't sign in: ${JSON.stringify(body)}`);
  return session.accessToken;
}
