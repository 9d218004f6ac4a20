/** What readers lack of what they were owed. */
export interface Missed {
  readonly readers: number;
  /** Events that were owed and came, over all readers. */
  readonly checked: number;
  readonly lost: number;
  readonly doubled: number;
  /** Out of order or announced as lost by the server. */
  readonly faults: number;
}

/** Holds what readers got against what each was owed. */
export function missed(
  expected: readonly number[],
  readers: readonly { readonly seqs: readonly number[]; readonly faults: number }[],
): Missed {
  let checked = 0;
  let lost = 0;
  let doubled = 0;
  let faults = 0;
  for (const reader of readers) {
    const got = new Set(reader.seqs);
    const owed = expected.filter((seq) => got.has(seq)).length;
    checked += owed;
    lost += expected.length - owed;
    doubled += reader.seqs.length - got.size;
    faults += reader.faults;
  }
  return { readers: readers.length, checked, lost, doubled, faults };
}

/** The part of what was sent that somebody is owed who came and went: from the first to the last that they got. */
export function between(expected: readonly number[], got: readonly number[]): number[] {
  const first = got[0] ?? Infinity;
  const last = got.at(-1) ?? -Infinity;
  return expected.filter((seq) => seq >= first && seq <= last);
}

/** Several of them together. */
export function total(parts: readonly Missed[]): Missed {
  const sum = (name: keyof Missed): number => parts.reduce((result, part) => result + part[name], 0);
  return {
    readers: sum("readers"),
    checked: sum("checked"),
    lost: sum("lost"),
    doubled: sum("doubled"),
    faults: sum("faults"),
  };
}

/** What is wrong with it in words; empty where nothing is. */
export function complaints(where: string, { checked, lost, doubled, faults }: Missed): string[] {
  return [
    ...(checked === 0 ? [`${where}: nothing was checked`] : []),
    ...(lost > 0 ? [`${where}: ${lost} events lost`] : []),
    ...(doubled > 0 ? [`${where}: ${doubled} events doubled`] : []),
    ...(faults > 0 ? [`${where}: ${faults} events out of order or reset`] : []),
  ];
}
