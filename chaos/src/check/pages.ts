import type { Page } from "../history.ts";
import type { Report } from "./check.ts";
import type { SettledEvent, Truth } from "./truth.ts";

/**
 * Holds pages of messages against the log: each is an unbroken run of the conversation's messages, in order, with the log's content, read by
 * somebody who was in the conversation at some time. How new the newest is depends on when and where it was read, and is not judged.
 */
export function checkPages(pages: readonly Page[], truth: Truth, report: Report): void {
  const bySeq = new Map(truth.events.map((event) => [event.seq, event]));
  const messages = new Map<string, SettledEvent[]>();
  const audience = new Map<string, Set<string>>();
  for (const event of truth.events) {
    const { conversation, text, readers } = event;
    const everybody = audience.get(conversation) ?? new Set<string>();
    for (const reader of readers) everybody.add(reader);
    audience.set(conversation, everybody);
    if (text === undefined) continue;
    const known = messages.get(conversation);
    if (known) known.push(event);
    else messages.set(conversation, [event]);
  }
  for (const page of pages) {
    const { client, user, conversation, after } = page;
    let last = after ?? 0;
    for (const { seq, digest } of page.messages) {
      const event = bySeq.get(seq);
      if (!event) report("forged", `${client} read ${seq}, which the log does not have`);
      else if (event.digest !== digest) report("forged", `${client} read other content at ${seq} than the log holds`);
      else if (conversation !== undefined && event.conversation !== conversation)
        report("leaked", `${client} read ${seq} of ${event.conversation} among the messages of ${conversation}`);
      if (event && !audience.get(event.conversation)?.has(user))
        report("leaked", `${client} of ${user} read ${seq} of ${event.conversation}`);
      if (seq <= last) report("reordered", `${client} read ${seq} after ${last}`);
      last = seq;
    }
    if (conversation !== undefined) checkRun(page, messages.get(conversation) ?? [], report);
  }
}

/** Whether a page leaves out one of the conversation's messages between its own. */
function checkRun(page: Page, all: readonly SettledEvent[], report: Report): void {
  const [first] = page.messages;
  const end = page.messages.at(-1);
  if (!first || !end) return;
  const read = new Set(page.messages.map(({ seq }) => seq));
  const low = page.after ?? first.seq;
  for (const { seq, conversation } of all) {
    if (seq > low && seq <= end.seq && !read.has(seq))
      report("lost", `${page.client} read a page of ${conversation} without ${seq}`);
  }
}
