import type { ChatClient } from "@chat/client";
import { createApp } from "vue";
import { createWebHistory } from "vue-router";
import AppRoot from "./app.vue";
import { installChat } from "./chat/install-chat.ts";
import { reloadOnStaleBuild } from "./chat/stale-build.ts";
import { createChatRouter } from "./router.ts";
import { followSession } from "./session/follow-session.ts";
import "./styles.css";

reloadOnStaleBuild(window);
const client = await createClient();
const router = createChatRouter({ client, history: createWebHistory() });
followSession(client, router);
const app = createApp(AppRoot);
installChat(app, client);
app.use(router).mount("#app");

async function createClient(): Promise<ChatClient> {
  if (__FAKE_CLIENT__) return (await import("./testing/dev-client.ts")).createDevClient();
  return (await import("@chat/client/web")).createWebChatClient();
}
