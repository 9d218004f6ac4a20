import { parseRoom } from "../address.ts";
import { defineCommand } from "../command.ts";
import { conversationJson } from "../json-shapes.ts";
import { ACTION_OPTIONS, perform } from "../perform.ts";
import { visibleLine } from "../visible-text.ts";
import { hereOnly } from "./room-here.ts";

/** Says what a room is about. */
export const topic = defineCommand({
  name: "topic",
  summary: "Say what a room of yours is about",
  arguments: [
    { name: "ROOM", summary: "With or without the leading #", required: true },
    { name: "TEXT", summary: "The topic; an empty one removes it", required: true },
  ],
  options: ACTION_OPTIONS,
  examples: ["chat topic garden 'What grows, what does not'"],
  async run(context) {
    const room = parseRoom(context.positionals[0] ?? "");
    const text = context.positionals[1] ?? "";
    const { client } = await context.openSignedIn();
    const { conversation } = await perform(context, client, { kind: "update-room", room, topic: text });
    if (!context.print.asJson) context.print.line(`${room}: ${text === "" ? "no topic" : visibleLine(text)}`);
    else if (conversation !== undefined) context.print.json(conversationJson(conversation, client.users));
  },
  talk: {
    usage: "[TEXT]",
    summary: "Say what this room is about; without a text show it",
    async run({ act, client, here, notice }, rest) {
      const room = hereOnly(here);
      if (rest !== "") {
        await act({ kind: "update-room", room, topic: rest });
        return;
      }
      const present = (await client.conversations.find(room))?.topic ?? "";
      notice(present === "" ? "This room has no topic." : present);
    },
  },
});
