import { directPeople } from "./conversation-id.ts";
import type { Refusal } from "./outcome.ts";
import type { Role } from "./permissions.ts";
import { MALFORMED, NO_SUCH_MESSAGE, NO_SUCH_PERSON, NO_SUCH_ROOM, NOT_A_MEMBER, NOT_YOURS } from "./refusals.ts";
import type { ConversationRow, MessageRow } from "./rows.ts";
import type { State } from "./state.ts";

/** Whether a person may read a conversation. */
export function mayRead(state: State, conversation: string, person: number): boolean {
  const people = directPeople(conversation);
  return people ? people.includes(person) : state.member(conversation, person)?.joined === true;
}

/** Why a person may not write to a conversation; undefined where they may. */
export function whyNotPost(state: State, conversation: string, person: number): Refusal | undefined {
  const people = directPeople(conversation);
  if (!people) return whyNotMember(state, conversation, person);
  if (!people.includes(person)) return NOT_A_MEMBER;
  return people.every((id) => state.person(id)?.removed === false) ? undefined : NO_SUCH_PERSON;
}

/** Why a person is not in a room; undefined where they are. */
export function whyNotMember(state: State, room: string, person: number): Refusal | undefined {
  if (state.conversation(room)?.kind !== "room") return NO_SUCH_ROOM;
  return state.member(room, person)?.joined === true ? undefined : NOT_A_MEMBER;
}

/**
 * The message that an event is about, or why its actor may not do that to it. To somebody who may not read it a message is not there.
 */
export function messageFor(
  state: State,
  event: { readonly conversation: string; readonly actor: number },
  seq: number,
  who: Role,
): MessageRow | Refusal {
  const message = state.message(seq);
  if (message?.conversation !== event.conversation) return message ? MALFORMED : NO_SUCH_MESSAGE;
  const isSender = message.sender === event.actor;
  if (who === "author" && isSender) return message;
  if (!mayRead(state, event.conversation, event.actor)) return NO_SUCH_MESSAGE;
  return who === "member" || isSender ? message : NOT_YOURS;
}

/** The room that an event is about, or why its actor may not do that to it. */
export function roomFor(
  state: State,
  { conversation, actor }: { readonly conversation: string; readonly actor: number },
  who: Extract<Role, "member" | "creator">,
): ConversationRow | Refusal {
  const room = state.conversation(conversation);
  if (room?.kind !== "room") return NO_SUCH_ROOM;
  const refusal = whyNotMember(state, conversation, actor);
  if (refusal) return refusal;
  return who === "member" || room.creator === actor ? room : NOT_YOURS;
}

/** Tells a refusal from a row. */
export function isRefusal(found: MessageRow | ConversationRow | Refusal): found is Refusal {
  return "reason" in found;
}
