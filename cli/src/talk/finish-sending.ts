import type { ChatClient } from "@chat/client";
import { settled, TIMED_OUT, within } from "../wait-for.ts";

/** How long leaving may wait for what was typed last. */
const PATIENCE_MS = 3_000;

/** Lets messages that are on their way arrive. Returns how many have not: they stay in the outbox. */
export async function finishSending(client: ChatClient, signal: AbortSignal): Promise<number> {
  const { $items } = client.outbox;
  const onTheWay = () => $items.get().filter(({ state }) => state !== "failed").length;
  // Without a connection there is nothing to wait for.
  const patienceMs = client.feed.$connection.get().state === "waiting" ? 0 : PATIENCE_MS;
  const outcome = await within(
    settled($items, () => onTheWay() === 0, signal),
    patienceMs,
    signal,
  );
  return outcome === TIMED_OUT ? onTheWay() : 0;
}
