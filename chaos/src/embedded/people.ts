import { setTimeout as delay } from "node:timers/promises";
import { AuthService } from "@chat/proto/chat/v1/auth_service";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import type { Violation } from "../check/check.ts";

const PASSWORD = "correct horse 9 battery";
const CALL_TIMEOUT_MS = 10_000;

/** Between two new accounts. Each costs the server a password hash. */
const PAUSE_MS = 700;

/** Registers people while the server dies under it, and knows who was told that they are. */
export interface Registrar {
  /** Handles of those whose registration was acknowledged. */
  readonly registered: readonly string[];
  /** Registers one after another until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Registers somebody who will talk. Gives the person's id. @throws ConnectError */
  register(handle: string): Promise<number>;
  /** Whether somebody who was told that they are registered can sign in. Undefined: yes, or nobody can tell now. */
  check(handle: string): Promise<Violation | undefined>;
}

/** @param options.baseUrl of the one server */
export function createRegistrar({ baseUrl }: { baseUrl: string }): Registrar {
  const auth = createClient(AuthService, createConnectTransport({ baseUrl, httpVersion: "1.1" }));
  const registered: string[] = [];

  async function register(handle: string): Promise<number> {
    const { session } = await auth.register(
      { email: `${handle}@example.org`, username: handle, password: PASSWORD, displayName: handle },
      { timeoutMs: CALL_TIMEOUT_MS },
    );
    registered.push(handle);
    return Number(session?.user?.id);
  }

  return {
    registered,
    register,
    async run(signal) {
      for (let number = 1; !signal.aborted; number++) {
        // Without an answer nobody knows; the next one has another name.
        await register(`person-${number}`).catch(() => undefined);
        await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
      }
    },
    async check(handle) {
      try {
        await auth.login({ login: handle, password: PASSWORD }, { timeoutMs: CALL_TIMEOUT_MS });
        return undefined;
      } catch (error) {
        const { code, message } = ConnectError.from(error);
        if (code !== Code.Unauthenticated && code !== Code.NotFound) return undefined;
        return { kind: "lost", text: `${handle} was registered and can't sign in: ${message}` };
      }
    },
  };
}

/** The password of everybody here. */
export const EVERYBODYS_PASSWORD = PASSWORD;
