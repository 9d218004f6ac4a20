import compact from "emojibase-data/en/compact.json";

/** An emoji of Unicode, as the picker offers it. */
export interface Emoji {
  /** Without a skin tone. */
  readonly unicode: string;
  /** Its name: "thumbs up". */
  readonly label: string;
  /** What else it is found by. */
  readonly tags: readonly string[];
  /** Index of its group in {@link EMOJI_GROUPS}. */
  readonly group: number;
  /** The five skin tones, light to dark; empty where it has none. */
  readonly tones: readonly string[];
}

/** Unicode's groups, by emojibase's numbers; components (skin tones and hair alone) are left out. */
export const EMOJI_GROUPS = [
  { group: 0, label: "Smileys & emotion" },
  { group: 1, label: "People & body" },
  { group: 3, label: "Animals & nature" },
  { group: 4, label: "Food & drink" },
  { group: 5, label: "Travel & places" },
  { group: 6, label: "Activities" },
  { group: 7, label: "Objects" },
  { group: 8, label: "Symbols" },
  { group: 9, label: "Flags" },
] as const;

const TONES = 5;
/** Emojibase asks for the picture also where it is what comes anyway; Unicode's own sequence, which the server takes, has no selector there. */
const NEEDLESS_SELECTOR = /(?<=\p{Emoji_Presentation})\uFE0F/gu;
const sequence = (unicode: string): string => unicode.replace(NEEDLESS_SELECTOR, "");

/** All emoji in Unicode's order. This module holds emojibase's data (87 kB gzipped): import it when a picker opens. */
export const EMOJI: readonly Emoji[] = compact
  .filter((emoji) => EMOJI_GROUPS.some(({ group }) => group === emoji.group))
  .sort((one, other) => (one.order ?? 0) - (other.order ?? 0))
  .map(({ unicode, label, tags = [], group = 0, skins = [] }) => ({
    unicode: sequence(unicode),
    label,
    tags,
    group,
    // Pairs of people, which have 25 combinations, are offered without a tone.
    tones: skins.length === TONES ? skins.map((skin) => sequence(skin.unicode)) : [],
  }));
