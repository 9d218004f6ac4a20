import { defineCommand } from "../command.ts";
import { isoTime } from "../json-shapes.ts";
import { outboxLine } from "../outbox-words.ts";

/** Lists what is not stored on the server yet. */
export const outbox = defineCommand({
  name: "outbox",
  summary: "List what is not sent yet, or was refused",
  arguments: [],
  options: {},
  async run({ print, openSignedIn }) {
    const { client } = await openSignedIn();
    const items = client.outbox.$items.get();
    for (const item of items) {
      const { clientId, action, state, createdAt, error } = item;
      const failure = error === undefined ? {} : { error: error.message };
      if (!print.asJson) print.line(outboxLine(item));
      else print.json({ client_id: clientId, action, state, created_at: isoTime(createdAt), ...failure });
    }
    if (items.length === 0 && !print.asJson) print.note("Nothing waits.");
  },
  talk: {
    usage: "",
    run({ client, notice }) {
      const items = client.outbox.$items.get();
      for (const item of items) notice(outboxLine(item));
      if (items.length === 0) notice("Nothing waits.");
    },
  },
});
