import { defineCommand } from "../command.ts";
import { CommandError, EXIT } from "../exit-code.ts";
import { settledSession } from "../session.ts";
import { forgetInputHistory } from "../talk/input-history.ts";

/** Ends the session here and on the server. Succeeds where nobody is signed in. */
export const logout = defineCommand({
  name: "logout",
  summary: "Sign out and forget the session",
  arguments: [],
  options: { force: { type: "boolean", summary: "Also where something is not sent yet, which is then lost" } },
  async run(context) {
    const { values, print } = context;
    const client = await context.open();
    const session = await settledSession(client, context.signal);
    if (session.state === "signed-in") {
      const unsent = client.outbox.$items.get().length;
      if (unsent > 0 && !values.force && !(await mayLose(unsent))) {
        throw new CommandError(EXIT.error, "Still signed in.");
      }
      await client.session.logout();
      await forgetInputHistory(await context.profile.historyFile());
    }
    const handle = session.state === "signed-in" ? session.user.handle : undefined;
    if (print.asJson) print.json({ signed_out: handle ?? null });
    else print.line(handle === undefined ? "You were not signed in." : `Signed out @${handle}.`);

    async function mayLose(count: number): Promise<boolean> {
      const lost =
        count === 1
          ? "One thing is not sent yet, or was refused, and is lost"
          : `${count} things are not sent yet, or were refused, and are lost`;
      if (!context.interactive) {
        throw new CommandError(
          EXIT.error,
          `${lost} by signing out. See: chat outbox. Sign out all the same with: chat logout --force`,
        );
      }
      const { confirmed } = await import("../talk/prompt.ts");
      return confirmed(context, `${lost} when you sign out. Sign out?`);
    }
  },
});
