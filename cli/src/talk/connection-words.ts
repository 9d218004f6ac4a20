import type { ConnectionState } from "@chat/client";

/** What the prompt says about the connection; empty when all is well. */
export function connectionWords(state: ConnectionState): string {
  switch (state.state) {
    case "live":
      return "";
    case "stopped":
      return "stopped";
    case "catching-up":
      return "catching up";
    case "connecting":
      // A first try lasts a moment; that is nothing to say.
      return state.attempt > 1 ? "offline, connecting" : "connecting";
    case "waiting":
      return "offline";
  }
}
