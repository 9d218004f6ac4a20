import { setTimeout as delay } from "node:timers/promises";
import type { Input } from "./input.ts";
import type { ServerUnderTest } from "./server-under-test.ts";

/** A process that ends because of an input does so by then, on an idle machine. */
const AFTERMATH_MS = 100;
/** … and on a busy one. */
const SURE_MS = 1_500;
const POLL_MS = 20;
/** Whether it is answered does not matter. */
const SOON_MS = 500;
/** Inputs before the one at which an end was noticed that may have been what caused it. */
const EARLIER = 3;

/** Whether this input alone ends the process. The server runs when it has answered. */
export async function kills(server: ServerUnderTest, input: Input, withinMs: number = SURE_MS): Promise<boolean> {
  if (!server.isAlive()) await server.revive();
  await Promise.race([server.send(0, input), delay(SOON_MS)]);
  for (let waited = 0; waited < withinMs && server.isAlive(); waited += POLL_MS) await delay(POLL_MS);
  if (server.isAlive()) return false;
  await server.revive();
  return true;
}

/** The input that ended the process, of those that were on their way; undefined where none does so alone. */
export async function culpritOf(server: ServerUnderTest, candidates: readonly Input[]): Promise<Input | undefined> {
  for (const [index, candidate] of candidates.entries()) {
    if (!(await kills(server, candidate, AFTERMATH_MS))) continue;
    const likely = candidates.slice(Math.max(0, index - EARLIER), index + 1).toReversed();
    for (const one of likely) if (await kills(server, one)) return one;
  }
  return undefined;
}
