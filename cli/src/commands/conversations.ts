import { defineCommand } from "../command.ts";
import { conversationJson } from "../json-shapes.ts";
import { conversationName, excerpt, stamp } from "../message-format.ts";
import { parseCount } from "../time-input.ts";

const DEFAULT_LIMIT = 50;
const EXCERPT_WIDTH = 60;

/** Lists what the caller takes part in. */
export const conversations = defineCommand({
  name: "conversations",
  summary: "List your conversations, newest first",
  arguments: [],
  options: { limit: { type: "string", short: "n", placeholder: "N", summary: "At most N (default 50)" } },
  async run(context) {
    const { values, print } = context;
    const limit =
      values.limit === undefined ? DEFAULT_LIMIT : parseCount(values.limit, "--limit", { min: 1, max: 100_000 });
    const { client, user } = await context.openSignedIn();
    const { load, loadMore, $state } = client.conversations;
    await load();
    while ($state.get().hasMore && $state.get().conversations.length < limit && $state.get().error === undefined)
      await loadMore();
    const state = $state.get();
    if (state.error !== undefined) throw new Error(state.error);
    for (const conversation of state.conversations.slice(0, limit)) {
      if (print.asJson) {
        print.json(conversationJson(conversation, client.users));
        continue;
      }
      const at = conversation.lastMessage === undefined ? "".padEnd(16) : stamp(conversation.lastMessage.sentAt);
      const unseen = conversation.unseen === 0 ? "" : print.style.yellow(` [${conversation.unseen} new]`);
      const last = excerpt(conversation, { users: client.users, self: user.id, width: EXCERPT_WIDTH });
      print.line(
        `${print.style.dim(at)} ${print.style.bold(conversationName(conversation))}${unseen}${last === "" ? "" : `  ${last}`}`,
      );
    }
    if (state.conversations.length === 0 && !print.asJson)
      print.note("No conversations yet. Begin one with: chat @handle");
  },
});
