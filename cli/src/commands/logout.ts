import { defineCommand } from "../command.ts";
import { settledSession } from "../session.ts";

/** Ends the session here and on the server. Succeeds where nobody is signed in. */
export const logout = defineCommand({
  name: "logout",
  summary: "Sign out and forget the session",
  arguments: [],
  options: {},
  async run(context) {
    const client = await context.open();
    const session = await settledSession(client, context.signal);
    if (session.state === "signed-in") await client.session.logout();
    const handle = session.state === "signed-in" ? session.user.handle : undefined;
    if (context.print.asJson) context.print.json({ signed_out: handle ?? null });
    else context.print.line(handle === undefined ? "You were not signed in." : `Signed out @${handle}.`);
  },
});
