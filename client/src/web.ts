// Clients for browsers: gRPC-web, state in the browser's storage.
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { createBrowserStorage } from "./browser-storage.ts";
import { createChatClient } from "./chat-client.ts";
import { createBrowserConnectionEvents } from "./connection-events.ts";
import type { ChatClient } from "./types.ts";

/** The client of a page, speaking to the server that the page came from. */
export function createWebChatClient(options: { baseUrl?: string } = {}): ChatClient {
  return createChatClient({
    transport: createGrpcWebTransport({ baseUrl: options.baseUrl ?? window.location.origin }),
    storage: createBrowserStorage(window),
    connectionEvents: createBrowserConnectionEvents(window),
  });
}
