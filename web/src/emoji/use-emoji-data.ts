import { shallowRef, type ShallowRef } from "vue";
import type { Emoji, EMOJI_GROUPS } from "./emoji-data.ts";

/** All emoji with their groups; undefined until they are fetched. */
export interface EmojiData {
  readonly data: Readonly<ShallowRef<{ emoji: readonly Emoji[]; groups: typeof EMOJI_GROUPS } | undefined>>;
  readonly failed: Readonly<ShallowRef<boolean>>;
  load(): Promise<void>;
}

/** See {@link EmojiData}. Fetched at once, and again when asked after a failure. */
export function useEmojiData(): EmojiData {
  const data = shallowRef<{ emoji: readonly Emoji[]; groups: typeof EMOJI_GROUPS }>();
  const failed = shallowRef(false);
  async function load(): Promise<void> {
    failed.value = false;
    try {
      const { EMOJI: emoji, EMOJI_GROUPS: groups } = await import("./emoji-data.ts");
      data.value = { emoji, groups };
    } catch {
      failed.value = true;
    }
  }
  void load();
  return { data, failed, load };
}
