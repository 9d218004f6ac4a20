// Clients for browsers: gRPC-web, state in the browser's storage, one stream for all tabs.
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { createChatClient } from "./chat-client.ts";
import { createBrowserTabs } from "./feed/browser-tabs.ts";
import { createBrowserConnectionEvents } from "./feed/connection-events.ts";
import { createBrowserStorage } from "./storage/browser-storage.ts";
import type { ChatClient } from "./types.ts";

/** The client of a page, speaking to the server that the page came from. */
export function createWebChatClient(options: { baseUrl?: string } = {}): ChatClient {
  return createChatClient({
    transport: createGrpcWebTransport({ baseUrl: options.baseUrl ?? window.location.origin }),
    storage: createBrowserStorage(window),
    connectionEvents: createBrowserConnectionEvents(window),
    tabs: createBrowserTabs(window),
  });
}
