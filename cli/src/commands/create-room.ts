import { parseRoomName } from "../address.ts";
import { defineCommand } from "../command.ts";
import { conversationJson } from "../message-format.ts";

/** Makes a public room with the caller in it. */
export const createRoom = defineCommand({
  name: "create-room",
  summary: "Make a public room and join it",
  arguments: [{ name: "NAME", summary: "With or without the leading #", required: true }],
  options: {
    title: { type: "string", placeholder: "TEXT", summary: "Shown instead of the name" },
    topic: { type: "string", placeholder: "TEXT", summary: "What the room is about" },
  },
  async run(context) {
    const name = parseRoomName(context.positionals[0] ?? "");
    const { title, topic } = context.values;
    const { client } = await context.openSignedIn();
    const room = await client.rooms.create({
      name,
      ...(title === undefined ? {} : { title }),
      ...(topic === undefined ? {} : { topic }),
    });
    if (context.print.asJson) context.print.json(conversationJson(room));
    else context.print.line(`Made #${name}. Talk there with: chat '#${name}'`);
  },
});
