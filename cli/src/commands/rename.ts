import { parseRoom, parseRoomName } from "../address.ts";
import { defineCommand } from "../command.ts";
import { conversationJson } from "../json-shapes.ts";
import { ACTION_OPTIONS, perform } from "../perform.ts";
import { hereOnly } from "./room-here.ts";

/** Gives a room another name. The old one goes on leading there. */
export const rename = defineCommand({
  name: "rename",
  summary: "Give a room of yours another name",
  arguments: [
    { name: "ROOM", summary: "Its name now, with or without the leading #", required: true },
    { name: "NAME", summary: "Its new name; the old one goes on leading there", required: true },
  ],
  options: {
    title: { type: "string", placeholder: "TEXT", summary: "Change the title as well" },
    ...ACTION_OPTIONS,
  },
  examples: ["chat rename garden greenhouse"],
  async run(context) {
    const room = parseRoom(context.positionals[0] ?? "");
    const name = parseRoomName(context.positionals[1] ?? "");
    const { title } = context.values;
    const { client } = await context.openSignedIn();
    const { conversation } = await perform(context, client, {
      ...{ kind: "update-room", room, name },
      ...(title === undefined ? {} : { title }),
    });
    if (!context.print.asJson) context.print.line(`${room} is now #${name}.`);
    else if (conversation !== undefined) context.print.json(conversationJson(conversation, client.users));
  },
  talk: {
    usage: "#NAME",
    summary: "Give this room another name",
    async run({ act, here }, rest) {
      await act({ kind: "update-room", room: hereOnly(here), name: parseRoomName(rest) });
    },
  },
});
