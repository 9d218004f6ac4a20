import type { Command } from "../command.ts";
import { describeError, EXIT, exitCodeOf } from "../exit-code.ts";
import { checkedText } from "../message-text.ts";
import { readSlashLine } from "../slash-line.ts";
import type { TalkContext } from "../talk-context.ts";

/** Does what a line asks for. Rejects with what to tell the person, who then gets the line back. */
export async function submitLine(line: string, talk: TalkContext, commands: readonly Command[]): Promise<void> {
  const read = readSlashLine(line, commands);
  switch (read.kind) {
    case "nothing":
      return;
    case "say":
      await talk.act({ kind: "send", conversation: talk.here, text: checkedText(read.text) });
      return;
    case "command":
      await read.form.run(talk, read.rest);
  }
}

/** What goes wrong in a line, in words. */
export function inputProblem(error: unknown): string {
  return exitCodeOf(error) === EXIT.network
    ? `${describeError(error)} Try again when you are online.`
    : describeError(error);
}
