import { nextTick, shallowRef, type Ref, type ShallowRef } from "vue";

/** A row far away is drawn some frames after the list was scrolled to it. */
const DRAWN_WITHIN_FRAMES = 10;

/** The one row of the list that Tab goes to, and how arrows move it. */
export interface RowFocus {
  /** The row that has the focus, or had it last. */
  readonly active: ShallowRef<string | undefined>;
  /** The row that the focus or the pointer is in: shows its tools. */
  readonly near: ShallowRef<string | undefined>;
  /** Which of the drawn rows Tab goes to. */
  tabStop(drawn: readonly string[]): string | undefined;
  /** Moves the focus by rows (-1, 1) or to an end (-Infinity, Infinity). */
  move(step: number): Promise<void>;
}

/** See {@link RowFocus}. `keys`: of the rows that can take the focus, in their order; `show` draws the one at an index. */
export function useRowFocus(options: {
  scroller: Readonly<Ref<HTMLElement | null>>;
  keys: Readonly<Ref<readonly string[]>>;
  show: (key: string) => void;
}): RowFocus {
  const { scroller, keys, show } = options;
  const active = shallowRef<string>();
  const near = shallowRef<string>();

  const element = (key: string): HTMLElement | null | undefined =>
    scroller.value?.querySelector<HTMLElement>(`[data-row="${CSS.escape(key)}"]`);

  async function move(step: number): Promise<void> {
    const from = active.value === undefined ? -1 : keys.value.indexOf(active.value);
    const to = Math.max(0, Math.min(keys.value.length - 1, (from === -1 ? keys.value.length : from) + step));
    const key = keys.value[to];
    if (key === undefined) return;
    active.value = key;
    show(key);
    await nextTick();
    for (let frame = 0; frame < DRAWN_WITHIN_FRAMES && !element(key); frame++) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    element(key)?.focus({ preventScroll: true });
  }

  return {
    active,
    near,
    tabStop: (drawn) => (active.value !== undefined && drawn.includes(active.value) ? active.value : drawn.at(-1)),
    move,
  };
}
