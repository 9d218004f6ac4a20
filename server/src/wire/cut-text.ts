/** A caller's own words as they may be repeated to the caller: well-formed, and at most `maxLength` UTF-16 units that end between two code points. */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text.toWellFormed();
  const last = text.charCodeAt(maxLength - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? maxLength - 1 : maxLength).toWellFormed();
}
