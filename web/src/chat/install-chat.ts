import type { ChatClient } from "@chat/client";
import type { App } from "vue";
import { createUnseen, UNSEEN } from "../conversation/unseen.ts";
import { createNames, NAMES } from "../person/names.ts";
import { CHAT_CLIENT } from "./use-chat.ts";

/** Makes the client, the names of people and the unseen counts known to every component of the app. */
export function installChat(app: App, client: ChatClient): void {
  app.provide(CHAT_CLIENT, client);
  const names = createNames(client.users);
  app.provide(NAMES, names);
  const stopLearning = client.conversations.$state.subscribe(({ conversations }) => {
    for (const { peer } of conversations) if (peer) names.learn(peer);
  });
  // One's own name is among those that others may look like.
  const stopAsking = client.session.$state.subscribe((session) => {
    if (session.state === "signed-in") names.of(session.user.handle);
  });
  const unseen = createUnseen(client, document);
  app.provide(UNSEEN, unseen);
  app.onUnmount(() => {
    stopLearning();
    stopAsking();
    unseen.close();
  });
}
