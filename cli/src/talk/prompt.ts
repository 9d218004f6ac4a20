import { confirm, isCancel } from "@clack/prompts";
import type { CommandContext } from "../command.ts";

/** The streams a prompt lives on. */
export type PromptContext = Pick<CommandContext, "input" | "output" | "signal">;

/** What the asked person chose to do instead of answering: Esc or Ctrl-C. */
export const CANCELLED = Symbol("cancelled");

/**
 * Asks one question. The prompt gets a signal of its own: a prompt leaves its listener on the signal when it has been
 * answered, and would draw over the terminal when the program ends later.
 */
export async function ask<Answer>(
  context: PromptContext,
  prompt: (streams: PromptContext) => Promise<Answer | symbol>,
): Promise<Exclude<Answer, symbol> | typeof CANCELLED> {
  const { input, output, signal } = context;
  signal.throwIfAborted();
  const own = new AbortController();
  const forward = () => own.abort(signal.reason);
  signal.addEventListener("abort", forward, { once: true });
  try {
    const answer = await prompt({ input, output, signal: own.signal });
    signal.throwIfAborted();
    return isCancel(answer) || typeof answer === "symbol" ? CANCELLED : (answer as Exclude<Answer, symbol>);
  } finally {
    signal.removeEventListener("abort", forward);
  }
}

/** Asks yes or no; no to begin with. Esc and Ctrl-C are no. */
export async function confirmed(context: PromptContext, message: string): Promise<boolean> {
  return (await ask(context, (streams) => confirm({ ...streams, message, initialValue: false }))) === true;
}
