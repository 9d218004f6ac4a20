import { useAction } from "../chat/use-action.ts";
import { useChat } from "../chat/use-chat.ts";
import { useShell } from "../shell/use-shell.ts";

/** Signs out, and asks first where that would throw away what has not reached the server. */
export function useSignOut(): () => void {
  const { outbox, session } = useChat();
  const shell = useShell();
  const { error, run } = useAction(() => session.logout());
  return () => {
    if (outbox.$items.get().length > 0) return shell.open("sign-out");
    void run().then((done) => done || shell.notify(error.value?.message ?? "Not signed out."));
  };
}
