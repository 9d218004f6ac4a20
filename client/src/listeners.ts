/** A set of callbacks that hear the same things. One that throws harms only itself. */
export interface Listeners<T> {
  /** Returns what removes it. */
  add(listener: (value: T) => void): () => void;
  /** Calls those that are there now, in the order they came. */
  emit(value: T): void;
  clear(): void;
  readonly size: number;
}

/** @param onError takes what a callback threw */
export function createListeners<T>(onError: (error: unknown) => void): Listeners<T> {
  const entries = new Set<{ readonly listener: (value: T) => void }>();
  return {
    add(listener) {
      const entry = { listener };
      entries.add(entry);
      return () => void entries.delete(entry);
    },
    emit(value) {
      for (const entry of [...entries]) {
        try {
          if (entries.has(entry)) entry.listener(value);
        } catch (error) {
          onError(error);
        }
      }
    },
    clear: () => entries.clear(),
    get size() {
      return entries.size;
    },
  };
}
