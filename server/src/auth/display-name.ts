/** Longest display name, in Unicode code points. */
export const DISPLAY_NAME_MAX_LENGTH = 64;

/** Sequences in which invisible characters belong: emoji as Unicode lists them, a choice of style after one, a variant of a Han character. */
const RIGHTFULLY_INVISIBLE =
  /\p{RGI_Emoji}|\p{Emoji}[\uFE0E\uFE0F]|\p{Unified_Ideograph}[\uFE00-\uFE0F\u{E0100}-\u{E01EF}]/gv;

/** Nothing is seen of these, or they move what stands around them. */
const INVISIBLE =
  /[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\p{Co}]/v;

/** What a person sees. U+2800 is a symbol in which no dot is set. */
const VISIBLE = /[[\p{L}\p{N}\p{P}\p{S}]--[\u2800\p{Default_Ignorable_Code_Point}]]/v;

/** Trims a name and brings it to one spelling. */
export function tidyDisplayName(name: string): string {
  return name.normalize("NFC").trim();
}

/** Why nobody can have this tidied name; undefined where it is fine. */
export function whyNotDisplayName(name: string): string | undefined {
  if (!name.isWellFormed() || [...name].length > DISPLAY_NAME_MAX_LENGTH) {
    return `At most ${DISPLAY_NAME_MAX_LENGTH} characters.`;
  }
  if (INVISIBLE.test(name.replace(RIGHTFULLY_INVISIBLE, ""))) {
    return "It holds characters that can't be seen or that change the direction of writing.";
  }
  if (!VISIBLE.test(name)) return "It needs a letter, a digit or a sign.";
  return undefined;
}
