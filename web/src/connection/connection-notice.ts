import type { ConnectionState } from "@chat/client";

/** What the banner says about the connection; undefined where all is well. */
export type ConnectionNotice =
  | { readonly kind: "waiting"; readonly seconds: number }
  | { readonly kind: "connecting" }
  | { readonly kind: "catching-up" };

/** The notice for a state at a time (ms since 1970). */
export function connectionNotice(connection: ConnectionState, now: number): ConnectionNotice | undefined {
  switch (connection.state) {
    case "stopped":
    case "live":
      return undefined;
    case "connecting":
    case "catching-up":
      return { kind: connection.state };
    case "waiting":
      return { kind: "waiting", seconds: Math.max(0, Math.ceil((connection.retryAt - now) / 1000)) };
  }
}
