import { parseRoomName } from "../address.ts";
import { defineCommand } from "../command.ts";
import { conversationJson } from "../message-format.ts";

/** Joins a public room; joining twice changes nothing. */
export const join = defineCommand({
  name: "join",
  summary: "Join a room",
  arguments: [{ name: "ROOM", summary: "With or without the leading #", required: true }],
  options: {},
  async run(context) {
    const name = parseRoomName(context.positionals[0] ?? "");
    const { client } = await context.openSignedIn();
    const room = await client.rooms.join(name);
    if (context.print.asJson) context.print.json(conversationJson(room));
    else context.print.line(`Joined #${name}.`);
  },
});
