/** More rows than a stream can go back over: what it repeats lies after the newest cursor. */
const REMEMBERED = 2_000;

/** Which versions of rows the listeners have been told of, so that a stream that repeats them is not heard twice. */
export interface Told {
  /** Whether this version of the row is newer than what was told; from now on it counts as told. */
  isNews(row: string, version: number): boolean;
  clear(): void;
}

export function createTold(): Told {
  const versions = new Map<string, number>();
  return {
    isNews(row, version) {
      if ((versions.get(row) ?? -1) >= version) return false;
      // To the end: the map drops the least recently told.
      versions.delete(row);
      versions.set(row, version);
      const [oldest] = versions.keys();
      if (versions.size > REMEMBERED && oldest !== undefined) versions.delete(oldest);
      return true;
    },
    clear: () => versions.clear(),
  };
}
