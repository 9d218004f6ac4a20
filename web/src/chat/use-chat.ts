import type { ChatClient } from "@chat/client";
import { inject, type InjectionKey } from "vue";

/** Under which main.ts provides the one client of the page. */
export const CHAT_CLIENT: InjectionKey<ChatClient> = Symbol("chat client");

/** The client of the page. @throws Error outside an app that provides {@link CHAT_CLIENT}. */
export function useChat(): ChatClient {
  const client = inject(CHAT_CLIENT);
  if (!client) throw new Error("no chat client provided");
  return client;
}
