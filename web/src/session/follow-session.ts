import type { ChatClient } from "@chat/client";
import type { Router } from "vue-router";
import { nextLocation, signInLocation } from "../router.ts";

/**
 * Keeps the page in step with the session, whatever changed it (this tab, another one, the server): signing out leads to the sign-in page,
 * signing in leads on to where the person wanted to go. Returns what stops it.
 */
export function followSession(client: Pick<ChatClient, "session">, router: Router): () => void {
  return client.session.$state.listen((session) => {
    const { meta, fullPath, query } = router.currentRoute.value;
    const audience = meta.for ?? "member";
    if (session.state === "signed-out" && audience === "member") {
      // A person who left on purpose starts at the list; one whom the server signed out comes back to the same page.
      void router.replace(signInLocation(session.ended ? fullPath : "/"));
    }
    if (session.state === "signed-in" && audience === "guest") void router.replace(nextLocation(router, query["next"]));
  });
}
