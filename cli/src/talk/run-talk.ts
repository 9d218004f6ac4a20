import type { ChatClient, ChatUser } from "@chat/client";
import { log } from "@clack/prompts";
import type { CommandContext } from "../command.ts";
import { settledSession } from "../session.ts";
import { checkAddress } from "./check-address.ts";
import { talkIn } from "./conversation-view.ts";
import { finishSending } from "./finish-sending.ts";
import { pickConversation } from "./pick-conversation.ts";
import { signIn } from "./sign-in.ts";
import { createUnseen } from "./unseen.ts";

/** Signs in where needed, then one conversation after the other until the person leaves. */
export async function runTalk(context: CommandContext, address: string | undefined): Promise<void> {
  // From the newest on: what is on the screen is loaded anew, and the stored cursor stays where `tail --resume` left it.
  const client = await context.open({ resume: "fresh", autoStart: true });
  let target = address;
  for (;;) {
    const session = await settledSession(client, context.signal);
    if (session.state === "signed-out" && session.ended)
      log.warn("Your session has ended.", { output: context.output });
    const user = session.state === "signed-in" ? session.user : await signIn(context, client);
    const outcome = await talkAs(user, context, client, target);
    if (outcome.next === "quit") return leave(context, client);
    target = outcome.address;
  }
}

/** Nobody who has pressed Return should have to guess whether that was in time. */
async function leave({ output, signal }: CommandContext, client: ChatClient): Promise<void> {
  const left = await finishSending(client, signal);
  if (left === 0) return;
  const what = left === 1 ? "one message" : `${left} messages`;
  log.warn(`Not sent yet: ${what}. The next start of chat sends what waits.`, { output });
}

/** Until the person leaves or is signed out; then `address` is where they were. */
async function talkAs(
  user: ChatUser,
  context: CommandContext,
  client: ChatClient,
  first: string | undefined,
): Promise<{ next: "quit" } | { next: "signed-out"; address: string }> {
  const self = user.handle;
  using stops = new DisposableStack();
  const unseen = createUnseen({ client, self });
  stops.defer(unseen.close);
  const shared = {
    host: context,
    style: context.print.style,
    client,
    self,
    unseen,
    history: [],
    told: new Set<string>(),
  };
  let address = first;
  for (;;) {
    address ??= await pickConversation(context, { client, self });
    if (address === undefined) return { next: "quit" };
    if (!(await checkAddress(context, client, address))) {
      address = undefined;
      continue;
    }
    const end = await talkIn({ ...shared, address });
    if (end.next === "quit") return { next: "quit" };
    if (end.next === "signed-out") return { next: "signed-out", address };
    address = end.next === "go" ? end.address : undefined;
  }
}
