import { defineEmojiAction } from "./message-command.ts";

/** Takes a reaction back. */
export const unreact = defineEmojiAction({
  name: "unreact",
  summary: "Take a reaction back",
  examples: ["chat unreact 8193 thumbsup"],
  action: (seq, emoji) => ({ kind: "unreact", seq, emoji }),
});
