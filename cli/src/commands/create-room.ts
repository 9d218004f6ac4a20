import { parseRoomName } from "../address.ts";
import { defineCommand } from "../command.ts";
import { conversationJson } from "../json-shapes.ts";
import { ACTION_OPTIONS, perform } from "../perform.ts";

/** Makes a public room with the caller in it. */
export const createRoom = defineCommand({
  name: "create-room",
  summary: "Make a public room and join it",
  arguments: [{ name: "NAME", summary: "With or without the leading #", required: true }],
  options: {
    title: { type: "string", placeholder: "TEXT", summary: "Shown instead of the name" },
    topic: { type: "string", placeholder: "TEXT", summary: "What the room is about" },
    ...ACTION_OPTIONS,
  },
  async run(context) {
    const name = parseRoomName(context.positionals[0] ?? "");
    const { title = "", topic = "" } = context.values;
    const { client } = await context.openSignedIn();
    const { conversation } = await perform(context, client, { kind: "create-room", name, title, topic });
    if (!context.print.asJson) context.print.help(`Made #${name}. Talk there with: chat '#${name}'`);
    else if (conversation !== undefined) context.print.json(conversationJson(conversation, client.users));
  },
});
