import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { callJson } from "../call.ts";
import { type ServerProcess, startServer } from "../harness.ts";
import type { Answer } from "./answer.ts";
import { createDriver, type Driver } from "./drive/driver.ts";
import type { Input } from "./input.ts";
import { createLogWatch, type LogComplaint } from "./log-watch.ts";

/** A server that inputs are sent to, and what it shows of itself. */
export interface ServerUnderTest extends AsyncDisposable {
  readonly pid: number | undefined;
  isAlive(): boolean;
  /** Starts it again after it has ended, on the same data. */
  revive(): Promise<void>;
  /** Sends as one of the clients there are, each of which has an address of its own. */
  send(client: number, input: Input): Promise<Answer>;
  /** What its log shows since the last time. */
  takeComplaints(): LogComplaint[];
  /** Signs somebody new in, for inputs end sessions. */
  renewToken(): Promise<void>;
  /** The end of what it printed. */
  lastWords(): string;
  /** Drops all connections. */
  disconnect(): void;
}

const PASSWORD = "correct horse 9 battery";
/** After a call was answered, until its line is in the output. */
const LOG_MS = 50;
const LAST_WORDS_CHARACTERS = 6_000;

/** Starts a server of its own data, without limits on how often somebody may call. */
export async function startServerUnderTest(clients: number): Promise<ServerUnderTest> {
  const server: ServerProcess = await startServer({ env: { RATE_LIMITS: "off" } });
  const log = createLogWatch(server.output);
  let token = "";
  const drivers: Driver[] = [];

  function connect(): void {
    for (const driver of drivers.splice(0)) driver.close();
    for (let client = 0; client < clients; client++)
      drivers.push(
        createDriver({ host: "127.0.0.1", port: server.port, localAddress: sourceOf(client), token: () => token }),
      );
  }

  async function renewToken(): Promise<void> {
    const username = `fuzzer-${randomUUID().slice(0, 8)}`;
    const input = { email: `${username}@example.org`, username, password: PASSWORD };
    const { body } = await callJson(server.url, "AuthService/Register", input);
    token = (body as { session: { accessToken: string } }).session.accessToken;
    const room = { name: "fuzz", room: "fuzz", clientId: randomUUID() };
    await callJson(server.url, "ChatService/CreateRoom", room, token);
    await callJson(server.url, "ChatService/JoinRoom", { room: room.room, clientId: randomUUID() }, token);
    await delay(LOG_MS);
  }

  connect();
  return {
    get pid() {
      return server.pid;
    },
    isAlive: () => server.pid !== undefined,
    async revive() {
      await server.restart();
      connect();
      await renewToken();
      log.take();
    },
    send(client, input) {
      const driver = drivers[client % drivers.length];
      if (!driver) throw new Error("there are no clients");
      return driver.send(input);
    },
    takeComplaints: () => log.take(),
    renewToken,
    lastWords: () => server.output().slice(-LAST_WORDS_CHARACTERS),
    disconnect: connect,
    [Symbol.asyncDispose]: async () => {
      for (const driver of drivers) driver.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Limits are counted by address, and Linux has 16 million of them on the loopback. */
function sourceOf(client: number): string {
  return process.platform === "linux" ? `127.0.1.${1 + (client % 250)}` : "127.0.0.1";
}
