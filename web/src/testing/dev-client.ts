import type { ChatClient } from "@chat/client";
import { createFakeClient } from "./fake-client.ts";

const LATENCY_MS = 250;

/** The fake client of `VITE_FAKE=1 vite`; `?signed-out` in the address starts without a session. `window.fake` steers it. */
export function createDevClient(): ChatClient {
  const signedIn = !new URLSearchParams(location.search).has("signed-out");
  const client = createFakeClient({ latencyMs: LATENCY_MS, signedIn });
  Object.assign(window, { fake: client.control });
  return client;
}
