import type { ChatClient } from "@chat/client";
import { createRouter, type RouteLocationRaw, type Router, type RouterHistory } from "vue-router";
import { sessionSettled } from "./session/session-settled.ts";

declare module "vue-router" {
  interface RouteMeta {
    /** Who may see it: `anyone`, `guest` (signed in goes on to the chat), `member` (the default; others go to the sign-in page). */
    for?: "anyone" | "guest" | "member";
  }
}

/** Pages and who may see them. Waits for the stored session before the first page. */
export function createChatRouter(options: { client: Pick<ChatClient, "session">; history: RouterHistory }): Router {
  const router = createRouter({
    history: options.history,
    routes: [
      {
        path: "/",
        component: () => import("./shell/ShellPage.vue"),
        children: [
          { path: "", name: "home", component: () => import("./shell/ShellEmpty.vue") },
          { path: "rooms", name: "rooms", component: () => import("./room/RoomsPage.vue") },
          {
            // With a message: `/c/%23general/4711`.
            path: "c/:address/:seq([1-9]\\d{0,15})?",
            name: "conversation",
            component: () => import("./conversation/ConversationPage.vue"),
            props: ({ params }) => ({
              address: params["address"],
              seq: typeof params["seq"] === "string" && params["seq"] !== "" ? Number(params["seq"]) : undefined,
            }),
          },
        ],
      },
      {
        path: "/sign-in",
        name: "sign-in",
        component: () => import("./session/SignInPage.vue"),
        meta: { for: "guest" },
      },
      {
        path: "/register",
        name: "register",
        component: () => import("./session/RegisterPage.vue"),
        meta: { for: "guest" },
      },
      {
        path: "/:rest(.*)*",
        name: "not-found",
        component: () => import("./shell/NotFoundPage.vue"),
        meta: { for: "anyone" },
      },
    ],
  });

  router.beforeEach(async (to) => {
    const session = await sessionSettled(options.client.session.$state);
    const audience = to.meta.for ?? "member";
    if (audience === "member" && session.state === "signed-out") return signInLocation(to.fullPath);
    if (audience === "guest" && session.state === "signed-in") return nextLocation(router, to.query["next"]);
    return true;
  });
  return router;
}

/** The sign-in page that leads back to `path` afterwards. */
export function signInLocation(path: string): RouteLocationRaw {
  return { name: "sign-in", query: path === "/" ? {} : { next: path } };
}

/** Where to go once signed in: `next` where it names a page of this app for members, else the start. */
export function nextLocation(router: Router, next: unknown): RouteLocationRaw {
  if (typeof next !== "string" || !/^\/(?![/\\])/.test(next)) return { name: "home" };
  const target = router.resolve(next);
  return (target.meta.for ?? "member") === "member" ? target.fullPath : { name: "home" };
}
