import { definePlainAction } from "./message-command.ts";

/** Pins a message to its conversation. */
export const pin = definePlainAction({
  name: "pin",
  summary: "Pin a message",
  action: (seq) => ({ kind: "pin", seq }),
});
