import { parseRoom } from "../address.ts";
import { defineCommand } from "../command.ts";
import { usageError } from "../exit-code.ts";
import { ACTION_OPTIONS, perform } from "../perform.ts";

/** Leaves a room; leaving twice changes nothing. */
export const leave = defineCommand({
  name: "leave",
  summary: "Leave a room",
  arguments: [{ name: "ROOM", summary: "With or without the leading #", required: true }],
  options: ACTION_OPTIONS,
  async run(context) {
    const room = parseRoom(context.positionals[0] ?? "");
    const { client } = await context.openSignedIn();
    const { conversation } = await perform(context, client, { kind: "leave", room });
    const address = conversation?.address ?? room;
    if (context.print.asJson) context.print.json({ left: address });
    else context.print.line(`Left ${address}.`);
  },
  talk: {
    usage: "[#ROOM]",
    summary: "Leave a room (this one)",
    async run({ act, here, notice, end }, rest) {
      if (rest === "" && !here.startsWith("#")) throw usageError("This is no room. Name one: /leave #ROOM");
      const room = parseRoom(rest === "" ? here : rest);
      await act({ kind: "leave", room });
      if (room === here) end({ next: "pick" });
      else notice(`Leaving ${room}.`);
    },
  },
});
