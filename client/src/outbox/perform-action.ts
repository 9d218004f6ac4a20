import type { ActionService } from "../actions/action-rules.ts";
import { rulesOf } from "../actions/actions.ts";
import { answer, callOptions } from "../calls.ts";
import { present } from "../client-error.ts";
import { toChatMessage, toConversationRow } from "../from-proto.ts";
import type { Replica } from "../replica/replica.ts";
import type { OutboxAction, OutboxResult } from "../types.ts";

/** Longer than a server keeps an event through an election of its log's leader, in ms. */
const ACTION_TIMEOUT_MS = 25_000;

/** Does what the action says, by one call, and puts the rows of its answer into the replica. @throws ClientError */
export async function performAction(
  { service, replica }: { service: ActionService; replica: Replica },
  action: OutboxAction,
  clientId: string,
  signal: AbortSignal,
): Promise<OutboxResult> {
  const { call } = rulesOf(action);
  const options = callOptions({ signal, timeoutMs: ACTION_TIMEOUT_MS });

  if ("seq" in action || action.kind === "send") {
    const response = await answer(call(service, action, clientId, options));
    const message = toChatMessage(present(response.message));
    replica.putMessage(message);
    return { message, duplicate: response.duplicate ?? false };
  }

  const known = replica.resolve(action.kind === "create-room" ? `#${action.name}` : action.room);
  const mark = replica.placeMark(known ?? "");
  const { conversation } = await answer(call(service, action, clientId, options));
  if (action.kind === "leave") {
    if (known !== undefined) replica.putLeft(known, mark);
    return { ...roomOf(known), duplicate: false };
  }
  const row = toConversationRow(present(conversation));
  replica.putConversation(row, { answer: mark });
  return { ...roomOf(row.id), duplicate: false };

  function roomOf(id: string | undefined): Pick<OutboxResult, "conversation"> {
    const room = id === undefined ? undefined : replica.conversation(id);
    return room ? { conversation: room } : {};
  }
}
