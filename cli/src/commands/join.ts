import { parseRoom } from "../address.ts";
import { defineCommand } from "../command.ts";
import { usageError } from "../exit-code.ts";
import { conversationJson } from "../json-shapes.ts";
import { ACTION_OPTIONS, perform } from "../perform.ts";
import { TIMED_OUT, within } from "../wait-for.ts";

/** How long a line may wait for the server. */
const PATIENCE_MS = 5_000;

/** Joins a public room; joining twice changes nothing. */
export const join = defineCommand({
  name: "join",
  summary: "Join a room",
  arguments: [{ name: "ROOM", summary: "With or without the leading #", required: true }],
  options: ACTION_OPTIONS,
  async run(context) {
    const room = parseRoom(context.positionals[0] ?? "");
    const { client } = await context.openSignedIn();
    const { conversation } = await perform(context, client, { kind: "join", room });
    if (!context.print.asJson) context.print.line(`Joined ${conversation?.address ?? room}.`);
    else if (conversation !== undefined) context.print.json(conversationJson(conversation, client.users));
  },
  talk: {
    usage: "#ROOM",
    summary: "Join a room and go there",
    async run({ client, act, end, notice, signal }, rest) {
      if (rest === "") throw usageError("Say more: /join #ROOM");
      const room = parseRoom(rest);
      const { clientId } = await act({ kind: "join", room });
      // A refusal is told when the outbox says so.
      const joined = await within(client.outbox.done(clientId), PATIENCE_MS, signal).catch(() => undefined);
      if (joined === TIMED_OUT) notice(`The server does not answer: you join ${room} when it does.`);
      else if (joined !== undefined) end({ next: "go", address: joined.conversation?.address ?? room });
    },
  },
});
