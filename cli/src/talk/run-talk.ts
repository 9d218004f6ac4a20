import type { ChatClient, ChatUser } from "@chat/client";
import { log } from "@clack/prompts";
import type { CommandContext } from "../command.ts";
import { COMMANDS } from "../commands/list.ts";
import { CommandError, EXIT } from "../exit-code.ts";
import { settledSession } from "../session.ts";
import { checkAddress } from "./check-address.ts";
import { talkIn } from "./conversation-view.ts";
import { editorCommand, editText } from "./external-editor.ts";
import { finishSending } from "./finish-sending.ts";
import { type InputHistory, openInputHistory } from "./input-history.ts";
import { createMessageNumbers } from "./message-numbers.ts";
import { LEAVE, pickConversation } from "./pick-conversation.ts";
import { confirmed } from "./prompt.ts";
import { signIn } from "./sign-in.ts";

/** Signs in where needed, then one conversation after the other until the person leaves. */
export async function runTalk(context: CommandContext, address: string | undefined): Promise<void> {
  // From the newest on: what is on the screen is loaded again, and the stored cursor stays where `tail --resume` left it.
  const client = await context.open({ resume: "fresh", autoStart: true });
  const history = await openInputHistory(await context.profile.historyFile());
  let target = address;
  for (;;) {
    const session = await settledSession(client, context.signal);
    if (session.state === "signed-out" && session.ended)
      log.warn("Your session has ended.", { output: context.output });
    if (session.state === "signed-out" && context.dumbTerminal) {
      throw new CommandError(
        EXIT.signInNeeded,
        "You are not signed in. Sign in with: chat login --user NAME --password-file FILE",
      );
    }
    const user = session.state === "signed-in" ? session.user : await signIn(context, client);
    const outcome = await talkAs(user, context, client, target, history);
    await history.flush();
    if (outcome.next === "quit") return leave(context, client);
    target = outcome.address;
  }
}

/** A person who has pressed Return last should not have to guess whether that was in time. */
async function leave({ output, signal, print, dumbTerminal }: CommandContext, client: ChatClient): Promise<void> {
  const left = await finishSending(client, signal);
  if (left === 0) return;
  const what = left === 1 ? "one thing" : `${left} things`;
  const words = `Not sent yet: ${what}. The next start of chat sends what waits.`;
  if (dumbTerminal) print.note(words);
  else log.warn(words, { output });
}

/** Until the person leaves or is signed out; then `address` is where they were. */
async function talkAs(
  user: ChatUser,
  context: CommandContext,
  client: ChatClient,
  first: string | undefined,
  history: InputHistory,
): Promise<{ next: "quit" } | { next: "signed-out"; address: string }> {
  const command = editorCommand(context.env);
  const shared = {
    ...{ host: context, style: context.print.style, plain: context.dumbTerminal },
    ...{ client, self: user, commands: COMMANDS, history, told: new Set<string>() },
    editText: command === undefined ? undefined : (text: string) => editText(text, command, context.openEditor),
  };
  const numbers = new Map<string, ReturnType<typeof createMessageNumbers>>();
  const numbersOf = (key: string) => {
    const found = numbers.get(key) ?? createMessageNumbers();
    numbers.set(key, found);
    return found;
  };
  let address = first;
  for (;;) {
    if (address === undefined && context.dumbTerminal) return { next: "quit" };
    if (address === undefined) {
      const picked = await pickConversation(context, { client, self: user });
      if (picked === LEAVE) return { next: "quit" };
      if (picked === undefined) {
        if (await wantsToLeave(context)) return { next: "quit" };
        continue;
      }
      address = picked;
    }
    const checked = await checkAddress(context, client, address);
    if (checked === undefined) {
      address = undefined;
      continue;
    }
    const end = await talkIn({ ...shared, address, numbers: numbersOf(checked.id ?? address) });
    if (end.next === "quit") return { next: "quit" };
    if (end.next === "signed-out") return { next: "signed-out", address };
    address = end.next === "go" ? end.address : undefined;
  }
}

/** Asked where Esc or Ctrl-C gave the list up: a second Ctrl-C leaves, a second Esc goes back to the list. */
async function wantsToLeave(context: CommandContext): Promise<boolean> {
  let interrupted = false;
  const onData = (chunk: Buffer | string) => void (interrupted ||= chunk.toString().includes("\u0003"));
  context.input.on("data", onData);
  try {
    return (await confirmed(context, "Leave chat?")) || interrupted;
  } finally {
    context.input.off("data", onData);
  }
}
