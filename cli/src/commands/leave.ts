import { parseRoomName } from "../address.ts";
import { defineCommand } from "../command.ts";

/** Leaves a room; leaving twice changes nothing. */
export const leave = defineCommand({
  name: "leave",
  summary: "Leave a room",
  arguments: [{ name: "ROOM", summary: "With or without the leading #", required: true }],
  options: {},
  async run(context) {
    const name = parseRoomName(context.positionals[0] ?? "");
    const { client } = await context.openSignedIn();
    await client.rooms.leave(name);
    if (context.print.asJson) context.print.json({ left: `#${name}` });
    else context.print.line(`Left #${name}.`);
  },
});
