import { directId, parseAddress, roomId } from "../domain/address.ts";
import { ChatError } from "../errors.ts";
import { cutText } from "../wire/cut-text.ts";
import type { CallContext, ChatDependencies } from "./chat-dependencies.ts";

/** The conversation a caller means. */
export type Target =
  | { readonly kind: "direct"; readonly id: string; readonly peer: string }
  | { readonly kind: "room"; readonly id: string };

/**
 * Resolves "@handle", "#name" or a canonical id, as the caller wrote it in `field`.
 * @throws ChatError `invalid_argument` when malformed; `not_found` when there is no such person or room; `permission_denied` for a direct
 *   conversation of others, whether it exists or not.
 */
export function resolveTarget(
  deps: ChatDependencies,
  caller: Pick<CallContext, "handle">,
  text: string,
  field: string,
): Target {
  const address = parseAddress(text);
  if (!address) {
    throw new ChatError("invalid_argument", `"${cutText(text, 80)}" is not an address.`, {
      details: { fields: [{ field, description: "must be @handle, #room or a conversation id" }] },
    });
  }
  if (address.kind === "room") {
    const id = roomId(address.name);
    if (!deps.projection.state.hasRoom(id)) throw new ChatError("not_found", `There is no room ${id}.`);
    return { kind: "room", id };
  }
  const peer = address.kind === "person" ? address.handle : otherOf(address.handles, caller.handle);
  if (peer === undefined) throw new ChatError("permission_denied", "That conversation is not yours.");
  const id = directId(caller.handle, peer);
  if (!deps.directory.get(peer) && !deps.projection.state.hasDirect(id)) {
    throw new ChatError("not_found", `There is nobody called @${peer}.`);
  }
  return { kind: "direct", id, peer };
}

function otherOf(handles: readonly [string, string], own: string): string | undefined {
  if (handles[0] === own) return handles[1];
  return handles[1] === own ? handles[0] : undefined;
}
