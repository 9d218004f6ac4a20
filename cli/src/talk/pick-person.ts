import { text } from "@clack/prompts";
import type { ChatClient } from "@chat/client";
import { parseHandle } from "@chat/client/address";
import { describeError, EXIT, exitCodeOf } from "../exit-code.ts";
import { visibleLine } from "../visible-text.ts";
import { ask, CANCELLED, type PromptContext } from "./prompt.ts";

const SUGGESTIONS = 5;

/** Asks for somebody's handle until it is one. Undefined: back. */
export async function pickPerson(context: PromptContext, client: ChatClient): Promise<string | undefined> {
  const answer = await ask(context, (streams) =>
    text({
      ...streams,
      message: "Whose handle? Part of a name finds people.",
      placeholder: "@ada",
      validate: (typed) => refusal(typed ?? "", client, context.signal),
    }),
  );
  return answer === CANCELLED ? undefined : parseHandle(answer);
}

/** Why this is nobody's handle, with those it may have meant. Undefined where it is, or where the network can't tell. */
async function refusal(typed: string, client: ChatClient, signal: AbortSignal): Promise<string | undefined> {
  const query = typed.trim().replace(/^@/u, "");
  if (query === "") return "Please type a handle.";
  const handle = parseHandle(typed);
  try {
    if (handle !== undefined && (await client.users.find(handle)) !== undefined) return undefined;
    const { users: found } = await client.users.search(query, { pageSize: SUGGESTIONS, signal });
    const hint =
      found.length === 0 ? "" : ` There is ${found.map((user) => `@${visibleLine(user.handle)}`).join(", ")}.`;
    return `Nobody is called "${visibleLine(query)}".${hint}`;
  } catch (error) {
    // Offline one may write all the same: the message waits.
    return handle !== undefined && exitCodeOf(error) === EXIT.network ? undefined : describeError(error);
  }
}
