import type { Event } from "@chat/proto/chat/v1/event";
import { directHandles, parseAddress } from "./address.ts";
import type { Outcome, Refusal } from "./outcome.ts";
import type { ConversationState } from "./state.ts";

const ACCEPTED: Outcome = { kind: "accepted" };
const CLIENT_ID_BYTES = 16;

/**
 * Whether the event may happen in this state. Asked twice: by the RPC before it appends, to refuse early, and by the fold in log
 * order, where the answer is final (first wins). Pure: depends on the arguments alone.
 */
export function admit(state: ConversationState, event: Event): Outcome {
  if (event.clientId.length !== CLIENT_ID_BYTES) return refused("malformed");
  const first = state.settled(event.actor, event.clientId);
  if (first) {
    return sameContent(first.event, event) ? { kind: "duplicate", seq: first.seq } : refused("client_id_reused");
  }
  const { conversation, actor, kind } = event;
  const isRoom = parseAddress(conversation)?.kind === "room";
  switch (kind.case) {
    case "messagePosted": {
      if (!isRoom) {
        const handles = directHandles(conversation);
        if (!handles) return refused("malformed");
        if (!handles.includes(actor)) return refused("not_a_member");
      } else if (!state.hasRoom(conversation)) {
        return refused("no_such_room");
      } else if (!state.isMember(conversation, actor)) {
        return refused("not_a_member");
      }
      const { replyTo } = kind.value;
      if (replyTo !== undefined && !state.hasMessage(conversation, Number(replyTo))) return refused("no_such_message");
      return ACCEPTED;
    }
    case "roomCreated":
      if (!isRoom) return refused("malformed");
      return state.hasRoom(conversation) ? refused("room_exists") : ACCEPTED;
    case "memberJoined":
      if (!isRoom) return refused("malformed");
      if (!state.hasRoom(conversation)) return refused("no_such_room");
      return state.isMember(conversation, actor) ? refused("already_member") : ACCEPTED;
    case "memberLeft":
      if (!isRoom) return refused("malformed");
      if (!state.hasRoom(conversation)) return refused("no_such_room");
      return state.isMember(conversation, actor) ? ACCEPTED : refused("not_a_member");
    case undefined:
      return refused("malformed");
    default:
      return kind satisfies never;
  }
}

function refused(refusal: Refusal): Outcome {
  return { kind: "refused", refusal };
}

/** Whether two events of one client_id ask for the same. The server's clock (`at`) does not count; what was erased can't be compared and counts as the same. */
function sameContent(first: Event, again: Event): boolean {
  if (first.conversation !== again.conversation || first.kind.case !== again.kind.case) return false;
  if (first.erased || again.erased) return true;
  switch (first.kind.case) {
    case "messagePosted":
      return (
        again.kind.case === "messagePosted" &&
        first.kind.value.text === again.kind.value.text &&
        first.kind.value.replyTo === again.kind.value.replyTo
      );
    case "roomCreated":
      return (
        again.kind.case === "roomCreated" &&
        first.kind.value.title === again.kind.value.title &&
        first.kind.value.topic === again.kind.value.topic
      );
    case "memberJoined":
    case "memberLeft":
    case undefined:
      return true;
    default:
      return first.kind satisfies never;
  }
}
