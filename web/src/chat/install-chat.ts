import type { ChatClient } from "@chat/client";
import type { App } from "vue";
import { createPeople, PEOPLE } from "../person/people.ts";
import { CHAT_CLIENT } from "./use-chat.ts";

/** Makes the client and the people it knows available to every component of the app. */
export function installChat(app: App, client: ChatClient): void {
  app.provide(CHAT_CLIENT, client);
  const people = createPeople(client.users);
  app.provide(PEOPLE, people);
  app.onUnmount(people.close);
}
