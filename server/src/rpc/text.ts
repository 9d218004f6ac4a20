import { ChatError } from "../errors.ts";

/** @throws ChatError `invalid_argument` for a text with a lone surrogate, which no encoding can carry. */
export function assertWellFormed(text: string): void {
  if (text.isWellFormed()) return;
  throw new ChatError("invalid_argument", "The text is not valid Unicode.", {
    details: { fields: [{ field: "text", description: "must be valid Unicode" }] },
  });
}

// Unicode's own list of the emoji that vendors show, as this runtime knows it.
const EMOJI = /^\p{RGI_Emoji}$/v;

/** @throws ChatError `invalid_argument` for anything but one emoji. */
export function assertEmoji(text: string): void {
  if (EMOJI.test(text)) return;
  throw new ChatError("invalid_argument", "That is not one emoji.", {
    details: { fields: [{ field: "emoji", description: "must be one fully qualified emoji" }] },
  });
}
