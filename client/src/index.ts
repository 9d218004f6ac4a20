// The SDK's public face, the same in Node and in the browser. `@chat/client/node` and `@chat/client/web` make clients.
export { backoffMs, type BackoffOptions } from "./backoff.ts";
export { createChatClient, type ChatClientOptions } from "./chat-client.ts";
export { ClientError } from "./client-error.ts";
export type { ConnectionEvents } from "./connection-events.ts";
export type { ClientLogger, Environment, Timers } from "./environment.ts";
export { createMemoryStorage } from "./memory-storage.ts";
export type { ClientStorage } from "./storage.ts";
export * from "./types.ts";
