import { find } from "linkifyjs";

/** A run of a message's text: plain, or a link that is safe to follow. */
export type TextPart = { readonly text: string; readonly href?: string };

const MAY_HOLD_LINK = /https?:\/\//i;

/**
 * Splits text into plain runs and links. Only what is written as http:// or https:// becomes a link; every other scheme stays text.
 * Joined, the parts are the text itself.
 */
export function linkify(text: string): TextPart[] {
  if (!MAY_HOLD_LINK.test(text)) return [{ text }];
  const parts: TextPart[] = [];
  let end = 0;
  for (const link of find(text, "url")) {
    const href = safeHref(link.value);
    if (href === undefined) continue;
    if (link.start > end) parts.push({ text: text.slice(end, link.start) });
    parts.push({ text: link.value, href });
    end = link.end;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

function safeHref(value: string): string | undefined {
  const url = URL.parse(value);
  return url?.protocol === "http:" || url?.protocol === "https:" ? url.href : undefined;
}
