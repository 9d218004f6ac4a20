import { setTimeout as delay } from "node:timers/promises";
import type { Input } from "./input.ts";
import type { ServerUnderTest } from "./server-under-test.ts";

/** A process that ends because of an input does so by then. */
const AFTERMATH_MS = 100;
/** Whether it is answered does not matter. */
const SOON_MS = 500;

/** Whether this input alone ends the process. The server runs when it is asked, and when it has answered. */
export async function kills(server: ServerUnderTest, input: Input): Promise<boolean> {
  if (!server.isAlive()) await server.revive();
  await Promise.race([server.send(0, input), delay(SOON_MS)]);
  await delay(AFTERMATH_MS);
  if (server.isAlive()) return false;
  await server.revive();
  return true;
}

/** The input that ended the process, of those that were on their way; undefined where none does so alone. */
export async function culpritOf(server: ServerUnderTest, candidates: readonly Input[]): Promise<Input | undefined> {
  for (const candidate of candidates) if (await kills(server, candidate)) return candidate;
  return undefined;
}
