// The SDK's public face, the same in Node and in the browser. `@chat/client/node` and `@chat/client/web` make clients.
export * from "./address.ts";
export { backoffMs, type BackoffOptions } from "./backoff.ts";
export { createChatClient, type ChatClientOptions } from "./chat-client.ts";
export { ClientError } from "./client-error.ts";
export * from "./describe-error.ts";
export type { ClientLogger, Environment, Timers } from "./environment.ts";
export type { ConnectionEvents } from "./feed/connection-events.ts";
export type { Tabs } from "./feed/tabs.ts";
export * from "./message-text.ts";
export { restoredSession, type RestoredSession } from "./restored-session.ts";
export { createMemoryArea, createMemoryStorage, type MemoryArea } from "./storage/memory-storage.ts";
export type { ClientStorage } from "./storage/storage.ts";
export * from "./types.ts";
