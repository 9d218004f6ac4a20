import { parseAddress } from "../domain/address.ts";
import { directId } from "../domain/conversation-id.ts";
import { roomNameKey } from "../domain/names.ts";
import { NO_SUCH_PERSON, NO_SUCH_ROOM } from "../domain/refusals.ts";
import type { PersonRow } from "../domain/rows.ts";
import { ChatError } from "../errors.ts";
import type { CallContext, ChatDependencies } from "./chat-dependencies.ts";
import { refusalError } from "../refusal-error.ts";

/** The conversation a caller means. */
export type Target =
  | { readonly kind: "direct"; readonly id: string; readonly peer: PersonRow }
  | { readonly kind: "room"; readonly id: string };

/** Longest part of a malformed address that is told back, in code points. */
const SHOWN_MAX = 80;

/**
 * Resolves "@handle", "#name" (also old ones) or a conversation id, as the caller wrote it in `field`.
 * @throws ChatError `invalid_argument` when malformed; `not_found` when there is no such person or room; `permission_denied` for a direct
 *   conversation of others, whether it exists or not.
 */
export function resolveTarget(
  deps: ChatDependencies,
  caller: Pick<CallContext, "person">,
  text: string,
  field: string,
): Target {
  const { state } = deps.projection;
  const address = parseAddress(text);
  switch (address?.kind) {
    case undefined:
      throw new ChatError("invalid_argument", `"${[...text].slice(0, SHOWN_MAX).join("")}" is not an address.`, {
        details: { fields: [{ field, description: "must be @handle, #room or a conversation id" }] },
      });
    case "room-name": {
      const owner = state.name(roomNameKey(address.name))?.owner;
      if (typeof owner !== "string") throw refusalError(NO_SUCH_ROOM, text);
      return { kind: "room", id: owner };
    }
    case "room":
      if (state.conversation(address.id)?.kind !== "room") throw refusalError(NO_SUCH_ROOM, text);
      return { kind: "room", id: address.id };
    case "person":
      return direct(deps.people.byHandle(address.handle), caller.person, text);
    case "direct": {
      const [one, other] = address.people;
      if (one !== caller.person && other !== caller.person) {
        throw new ChatError("permission_denied", "That conversation is not yours.", {
          details: { reason: "NOT_YOURS" },
        });
      }
      return direct(state.person(one === caller.person ? other : one), caller.person, text);
    }
  }
}

/** The room a caller means. @throws ChatError as {@link resolveTarget}; `invalid_argument` for anything but a room */
export function resolveRoom(deps: ChatDependencies, caller: Pick<CallContext, "person">, text: string): string {
  const target = resolveTarget(deps, caller, text.startsWith("@") || /^[#\d]/.test(text) ? text : `#${text}`, "room");
  if (target.kind === "room") return target.id;
  throw new ChatError("invalid_argument", "That is not a room.", {
    details: { fields: [{ field: "room", description: "must be #name or a room's id" }] },
  });
}

function direct(peer: PersonRow | undefined, own: number, text: string): Target {
  if (!peer) throw refusalError(NO_SUCH_PERSON, text);
  return { kind: "direct", id: directId(own, peer.id), peer };
}
