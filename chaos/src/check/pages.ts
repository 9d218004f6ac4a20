import type { Page } from "../history.ts";
import { conversationOfKey } from "../rows.ts";
import type { Report } from "./check.ts";
import { isErased, sameRow } from "./watches.ts";
import type { Truth } from "./truth.ts";

/**
 * Holds pages of messages against the log: each is an unbroken run of the conversation's messages, in order, all of them as they stood at one
 * and the same position, at which the reader was in the conversation. How new that position is depends on when and where it was read, and is not judged.
 */
export function checkPages(pages: readonly Page[], truth: Truth, report: Report): void {
  for (const page of pages) checkPage(page, truth, report);
}

function checkPage(page: Page, truth: Truth, report: Report): void {
  const { client, after } = page;
  const { timeline } = truth;
  const person = truth.person(page.user) ?? -1;
  const asked = page.conversation === undefined ? undefined : truth.conversation(page.conversation, person);
  /** The page shows the rows as of a position from `low` on and before `high`. */
  let low = 0;
  let high = Infinity;
  let last = after ?? 0;
  for (const row of page.messages) {
    const { seq, key, version } = row;
    const versions = timeline.versions(key);
    const index = versions.findIndex((each) => each.seq === version);
    const expected = versions[index];
    if (!expected) report("forged", `${client} read ${key} ${version}, which the log does not have`);
    else if (!sameRow(expected.row, row) && !isErased(row, expected.row, truth))
      report("forged", `${client} read ${key} as ${row.digest}, and not as ${expected.row.digest}`);
    low = Math.max(low, version);
    high = Math.min(high, versions[index + 1]?.seq ?? Infinity);
    if (seq <= last) report("reordered", `${client} read ${seq} after ${last}`);
    last = seq;
  }
  if (low >= high)
    report("diverged", `${client} read a page of which one row is older than ${high} and another of ${low}`);
  for (const row of page.messages) {
    const conversation = conversationOfKey(row) ?? "";
    if (asked !== undefined && conversation !== asked)
      report("leaked", `${client} read ${row.seq} of ${conversation} among the messages of ${asked}`);
    if (!timeline.stays(conversation, person).some((stay) => stay.to > low && stay.from < high))
      report("leaked", `${client} of ${page.user} read ${row.seq} of ${conversation}`);
  }
  if (asked !== undefined) checkRun(page, timeline.messages(asked), report);
}

/** Whether a page leaves out one of the conversation's messages between its own. */
function checkRun(page: Page, all: readonly number[], report: Report): void {
  const [first] = page.messages;
  const end = page.messages.at(-1);
  if (!first || !end) return;
  const read = new Set(page.messages.map(({ seq }) => seq));
  const low = page.after ?? first.seq;
  for (const seq of all)
    if (seq > low && seq <= end.seq && !read.has(seq))
      report("lost", `${page.client} read a page of ${page.conversation} without ${seq}`);
}
