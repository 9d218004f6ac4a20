import { definePlainAction } from "./message-command.ts";

/** Takes a pin off. */
export const unpin = definePlainAction({
  name: "unpin",
  summary: "Unpin a message",
  otherwise: ({ pinned }) => pinned,
  action: (seq) => ({ kind: "unpin", seq }),
});
