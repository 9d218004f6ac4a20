/** Entries in the order of their names, which are unique. */
export interface SortedNames<T> {
  add(entry: T): void;
  /** By the name it was added under. */
  remove(entry: T): void;
  /** From the first whose name is not smaller than `name`. */
  from(name: string): Iterable<T>;
}

/** An array that is sorted when somebody reads it after many additions, and kept in order by bisection after few. */
export function createSortedNames<T>(nameOf: (entry: T) => string): SortedNames<T> {
  let sorted: T[] = [];
  /** Added since the last read. */
  let added: T[] = [];

  /** Index of the first entry whose name is not smaller. */
  function lowerBound(name: string): number {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (nameOf(sorted[middle] as T) < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function order(): void {
    if (added.length === 0) return;
    if (added.length > 64) sorted = [...sorted, ...added].sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
    else for (const entry of added) sorted.splice(lowerBound(nameOf(entry)), 0, entry);
    added = [];
  }

  return {
    add: (entry) => void added.push(entry),
    remove(entry) {
      order();
      const at = lowerBound(nameOf(entry));
      if (sorted[at] === entry) sorted.splice(at, 1);
    },
    *from(name) {
      order();
      for (let at = lowerBound(name); at < sorted.length; at++) yield sorted[at] as T;
    },
  };
}
