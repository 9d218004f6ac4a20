import { validate as isUuid } from "uuid";
import type { ChatClient, OutboxAction, OutboxResult } from "@chat/client";
import type { CommandContext, OptionTable } from "./command.ts";
import { CommandError, EXIT, usageError } from "./exit-code.ts";
import { parseDuration } from "./time-input.ts";
import { TIMED_OUT, within } from "./wait-for.ts";

const DEFAULT_TIMEOUT_MS = 10_000;

/** What every command takes that changes something through the outbox. */
export const ACTION_OPTIONS = {
  timeout: { type: "string", placeholder: "DURATION", summary: "Wait at most so long (default 10s)" },
  "client-id": {
    type: "string",
    placeholder: "UUID",
    summary: "Your own id of this action: doing it again with the same id changes nothing",
  },
} as const satisfies OptionTable;

type ActionContext = Pick<CommandContext<typeof ACTION_OPTIONS>, "values" | "signal">;

/**
 * Does an action and gives what it came to, also where another process of this profile delivers it. What the server refuses
 * leaves the outbox; what can't be delivered in time stays there.
 * @throws CommandError (network) where it stays, ClientError for a refusal
 */
export async function perform(
  { values, signal }: ActionContext,
  client: ChatClient,
  action: OutboxAction,
): Promise<OutboxResult> {
  const clientId = values["client-id"];
  if (clientId !== undefined && !isUuid(clientId)) throw usageError(`--client-id takes a UUID, not "${clientId}".`);
  const timeoutMs = values.timeout === undefined ? DEFAULT_TIMEOUT_MS : parseDuration(values.timeout, "--timeout");
  const item = await client.outbox.add(action, clientId === undefined ? {} : { clientId: clientId.toLowerCase() });
  let result: OutboxResult | typeof TIMED_OUT;
  try {
    result = await within(client.outbox.done(item.clientId), timeoutMs, signal);
  } catch (error) {
    // Interrupted, it stays like one that is late; refused, it is told here and nowhere else.
    if (!signal.aborted) await client.outbox.discard(item.clientId);
    throw error;
  }
  if (result !== TIMED_OUT) return result;
  const done = action.kind === "send" ? "sent" : "done";
  throw new CommandError(
    EXIT.network,
    `The server did not answer in time. It is not ${done} yet: it stays in the outbox, and will be ${done} by the next run.`,
  );
}
