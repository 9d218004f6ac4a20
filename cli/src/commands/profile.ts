import { parseHandle } from "../address.ts";
import { defineCommand } from "../command.ts";
import { userJson } from "../json-shapes.ts";
import { userLine } from "../message-format.ts";

/** Shows how others see the caller, and changes it. */
export const profile = defineCommand({
  name: "profile",
  summary: "Show or change your handle and name",
  arguments: [],
  options: {
    handle: { type: "string", placeholder: "HANDLE", summary: "Your new handle; the old one goes on leading to you" },
    name: { type: "string", placeholder: "TEXT", summary: "The name shown to others" },
  },
  examples: ["chat profile --handle ada2 --name 'Ada Lovelace'"],
  async run(context) {
    const { handle, name } = context.values;
    const change = profileChange(handle, name);
    const { client } = await context.openSignedIn();
    const { session } = client;
    const me = Object.keys(change).length === 0 ? await session.whoAmI() : await session.updateProfile(change);
    if (context.print.asJson) context.print.json(userJson(me));
    else context.print.line(userLine(me, context.print.style));
  },
  talk: {
    usage: "[@HANDLE] [NAME]",
    async run({ client, style, notice }, rest) {
      const [, handle, name = ""] = /^(@\S+)?\s*(.*)$/su.exec(rest) ?? [];
      const change = profileChange(handle, name === "" ? undefined : name);
      const { session } = client;
      const me = Object.keys(change).length === 0 ? await session.whoAmI() : await session.updateProfile(change);
      notice(`You are ${userLine(me, style)}`);
    },
  },
});

function profileChange(handle: string | undefined, name: string | undefined) {
  return {
    ...(handle === undefined ? {} : { username: parseHandle(handle) }),
    ...(name === undefined ? {} : { displayName: name }),
  };
}
