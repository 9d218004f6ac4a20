import { defineCommand } from "../command.ts";
import { userJson } from "../json-shapes.ts";
import { userLine } from "../message-format.ts";
import { visibleLine } from "../visible-text.ts";

/** Asks the server who is signed in. */
export const whoami = defineCommand({
  name: "whoami",
  summary: "Show who is signed in",
  arguments: [],
  options: {},
  async run(context) {
    const { client } = await context.openSignedIn();
    const me = await client.session.whoAmI();
    const { print, target } = context;
    if (print.asJson) print.json({ ...userJson(me), email: me.email, server: target.url });
    else print.line(`${userLine(me, print.style)}  <${visibleLine(me.email)}>  ${target.url}`);
  },
});
