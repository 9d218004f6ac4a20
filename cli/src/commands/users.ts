import { defineCommand } from "../command.ts";
import { userJson, userLine } from "../message-format.ts";
import { parseCount } from "../time-input.ts";

const DEFAULT_LIMIT = 20;
const MOST = 100;

/** Finds people. */
export const users = defineCommand({
  name: "users",
  summary: "Find people by handle or name",
  arguments: [{ name: "QUERY", summary: "Part of a handle or name; without it everybody", required: false }],
  options: { limit: { type: "string", short: "n", placeholder: "N", summary: "At most N, up to 100 (default 20)" } },
  async run(context) {
    const { values, positionals, print, signal } = context;
    const limit =
      values.limit === undefined ? DEFAULT_LIMIT : parseCount(values.limit, "--limit", { min: 1, max: MOST });
    const { client } = await context.openSignedIn();
    const found = await client.users.search((positionals[0] ?? "").replace(/^@/u, ""), { limit, signal });
    for (const user of found) {
      if (print.asJson) print.json(userJson(user));
      else print.line(userLine(user, print.style));
    }
    if (found.length === 0 && !print.asJson) print.note("Nobody.");
  },
});
