import type { find } from "linkifyjs";

/** A run of a message's text: plain, or a link that is safe to follow. */
export type TextPart = { readonly text: string; readonly href?: string };

const MAY_HOLD_LINK = /https?:\/\/|\S@\S+\.\S/i;
/** Characters that change the direction of writing, or are not seen: an address with one reads as another. */
const MISLEADING = /[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u;
const SAFE_PROTOCOLS = ["http:", "https:", "mailto:"];

/** Whether it is worth asking the link finder, which is fetched on first use only: most messages hold no link. */
export function mayHoldLink(text: string): boolean {
  return MAY_HOLD_LINK.test(text);
}

/**
 * Splits text into plain runs and links. Only what is written as http:// or https://, and e-mail addresses, become links; all else stays
 * text, and so does an address that does not lead where it seems to. Joined, the parts are the text itself.
 */
export function linkify(text: string, findLinks: typeof find): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const link of findLinks(text)) {
    // Bare domains ("readme.md") are seldom meant as links.
    if (MISLEADING.test(link.value)) continue;
    const href = link.type === "email" ? `mailto:${link.value}` : safeHref(link.value);
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
  if (!url || !SAFE_PROTOCOLS.includes(url.protocol)) return undefined;
  // "https://bank.example@evil.example" goes to evil.example.
  return url.username === "" && url.password === "" ? url.href : undefined;
}
