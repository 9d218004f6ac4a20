import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { connect, credsAuthenticator, type NatsConnection } from "@nats-io/transport-node";
import type { EngineLogger } from "../engine-logger.ts";
import { fromNatsError, mayPass } from "./nats-error.ts";
import { PING_INTERVAL_MS, RECONNECT_WAIT_MS } from "./timing.ts";

/** A connection that comes back by itself, for ever. */
export interface NatsLink {
  readonly connection: NatsConnection;
  /** Whether it is up now. */
  readonly isUp: boolean;
  close(): Promise<void>;
}

const FIRST_RETRY_MS = 1_000;

/**
 * Connects; waits for NATS where it isn't there yet.
 * @throws ChatError `failed_precondition` when NATS refuses this server; the signal's reason on abort
 */
export async function openLink(options: {
  servers: string;
  credsFile: string | undefined;
  logger: EngineLogger;
  signal: AbortSignal;
  onWaiting: (reason: string | undefined) => void;
}): Promise<NatsLink> {
  const { servers, credsFile, logger, signal, onWaiting } = options;
  const credentials =
    credsFile === undefined ? userOf(servers) : { authenticator: credsAuthenticator(await readFile(credsFile)) };
  for (;;) {
    signal.throwIfAborted();
    try {
      const connection = await connect({
        servers: withoutSecrets(servers)
          .split(",")
          .map((server) => server.trim()),
        name: "chat-server",
        maxReconnectAttempts: -1,
        reconnectTimeWait: RECONNECT_WAIT_MS,
        reconnectJitter: RECONNECT_WAIT_MS,
        pingInterval: PING_INTERVAL_MS,
        maxPingOut: 2,
        noEcho: false,
        // The client would take a stack trace of every request, in case it fails.
        noAsyncTraces: true,
        ...credentials,
      });
      onWaiting(undefined);
      return follow(connection, logger);
    } catch (error) {
      if (!mayPass(error) && (error as NodeJS.ErrnoException).code !== "ECONNREFUSED") {
        const failure = fromNatsError(error, "at all");
        if (failure.code !== "unavailable") throw failure;
      }
      const reason = `waiting for NATS at ${withoutSecrets(servers)}`;
      onWaiting(reason);
      logger.warn({ err: error }, reason);
      await delay(FIRST_RETRY_MS, undefined, { signal });
    }
  }
}

function follow(connection: NatsConnection, logger: EngineLogger): NatsLink {
  let isUp = true;
  async function listen(): Promise<void> {
    for await (const status of connection.status()) {
      switch (status.type) {
        case "disconnect":
          isUp = false;
          logger.warn("the connection to NATS is lost");
          break;
        case "reconnect":
          isUp = true;
          logger.info({ server: connection.getServer() }, "connected to NATS again");
          break;
        case "error":
          logger.warn({ err: status.error }, "NATS reports an error");
          break;
        case "ldm":
          logger.info("the NATS server says it will stop; another one is taken");
          break;
        case "slowConsumer":
          logger.warn("a subscription reads too slowly from NATS");
          break;
        case "reconnecting":
        case "update":
        case "ping":
        case "staleConnection":
        case "forceReconnect":
        case "close":
          break;
      }
    }
  }
  listen().catch((error: unknown) =>
    logger.error({ err: error }, "the state of the NATS connection can't be followed"),
  );
  return {
    connection,
    get isUp() {
      return isUp && !connection.isClosed();
    },
    async close() {
      try {
        await connection.close();
      } catch (error) {
        // Closing never fails: there is nobody left who could do anything about it.
        logger.warn({ err: error }, "the connection to NATS did not close in order");
      }
    },
  };
}

/** The user and password of the first URL that carries them: the client takes them as options alone. */
function userOf(servers: string): { user: string; pass: string } | Record<never, never> {
  for (const server of servers.split(",")) {
    const url = URL.parse(server.trim());
    if (url?.username) return { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
  }
  return {};
}

/** URLs may carry a user and a password. */
function withoutSecrets(servers: string): string {
  return servers.replace(/\/\/[^@/,]*@/g, "//");
}
