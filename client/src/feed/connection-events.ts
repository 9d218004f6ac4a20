/**
 * What the platform knows about the connection: `online` the network is back or another one; `offline` it is gone; `visible` somebody
 * looks again, perhaps after the machine slept.
 */
export type ConnectionEvent = "online" | "offline" | "visible";

/** Where such events come from. */
export interface ConnectionEvents {
  /** Returns what stops it. */
  listen(listener: (event: ConnectionEvent) => void): () => void;
}

/** The parts of a browser's window that are used: stated here, so that the SDK compiles where there is none. */
export interface EventWindow extends EventTargetLike {
  readonly document: EventTargetLike & { readonly visibilityState: string };
}

interface EventTargetLike {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** The events of a browser window. */
export function createBrowserConnectionEvents(window: EventWindow): ConnectionEvents {
  return {
    listen(listener) {
      const online = () => listener("online");
      const offline = () => listener("offline");
      const visible = () => {
        if (window.document.visibilityState === "visible") listener("visible");
      };
      window.addEventListener("online", online);
      window.addEventListener("offline", offline);
      window.addEventListener("pageshow", visible);
      window.document.addEventListener("visibilitychange", visible);
      return () => {
        window.removeEventListener("online", online);
        window.removeEventListener("offline", offline);
        window.removeEventListener("pageshow", visible);
        window.document.removeEventListener("visibilitychange", visible);
      };
    },
  };
}
