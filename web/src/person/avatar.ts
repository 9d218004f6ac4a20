const TONES = [18, 48, 88, 138, 182, 224, 272, 326] as const;

/** The class of an avatar's colours: the same for the same id on every device. */
export function avatarTone(id: string): `tone-${(typeof TONES)[number]}` {
  let hash = 0;
  for (let index = 0; index < id.length; index++) hash = (hash * 31 + id.charCodeAt(index)) >>> 0;
  return `tone-${TONES[hash % TONES.length] ?? TONES[0]}`;
}

/** One or two letters that stand for a name: of the first and last word, whole graphemes only. */
export function initials(name: string): string {
  const words = name.split(/[\s_-]+/u).filter((word) => /[\p{L}\p{N}\p{Emoji_Presentation}]/u.test(word));
  const first = words[0] ?? name;
  const last = words.length > 1 ? words.at(-1) : undefined;
  return (firstGrapheme(first) + (last === undefined ? "" : firstGrapheme(last))).toLocaleUpperCase();
}

function firstGrapheme(text: string): string {
  const [first] = new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text);
  return first?.segment ?? "";
}
