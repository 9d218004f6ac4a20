import type { ChatClient } from "@chat/client";
import type { App } from "vue";
import { createUnseen, UNSEEN } from "../conversation/unseen.ts";
import { createNames, NAMES } from "../person/names.ts";
import { CHAT_CLIENT } from "./use-chat.ts";

/** Makes the client, the names of people and the unseen counts known to every component of the app. */
export function installChat(app: App, client: ChatClient): void {
  app.provide(CHAT_CLIENT, client);
  app.provide(NAMES, createNames(client.users));
  const unseen = createUnseen(client, document);
  app.provide(UNSEEN, unseen);
  app.onUnmount(unseen.close);
}
