import { defineEmojiAction } from "./message-command.ts";

/** Adds a reaction. */
export const react = defineEmojiAction({
  name: "react",
  summary: "React to a message with an emoji",
  examples: ["chat react 8193 👍", "chat react 8193 tada"],
  action: (seq, emoji) => ({ kind: "react", seq, emoji }),
});
