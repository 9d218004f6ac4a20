import type { TalkContext, TalkQuestion } from "./talk-context.ts";

/**
 * Has a text written in the person's editor, else on the input line. A text that is refused comes to the line, so that it is never lost.
 * @throws what went wrong with the editor or the text
 */
export async function composed(
  talk: TalkContext,
  text: string,
  question: TalkQuestion & { answered(text: string): Promise<void> },
): Promise<void> {
  if (talk.compose === undefined) return talk.ask({ ...question, prefill: text });
  const written = await talk.compose(text);
  if (written === text || written.trim() === "") return talk.notice("Nothing was written: nothing has changed.");
  try {
    await question.answered(written);
  } catch (error) {
    talk.ask({ ...question, prefill: written });
    throw error;
  }
}
