const MOST_NAMED = 6;

/** Who reacted, in words: "You, Ada and Bob", "Ada, … and 12 others". Oneself comes first. */
export function reactedBy(people: readonly number[], ownId: number, nameOf: (id: number) => string): string {
  const others = people.filter((id) => id !== ownId);
  const names = [...(others.length < people.length ? ["You"] : []), ...others.map(nameOf)];
  const more = names.length - MOST_NAMED;
  // One more name is as short as "1 other".
  const named = more > 1 ? [...names.slice(0, MOST_NAMED), `${String(more)} others`] : names;
  return named.length < 2 ? (named[0] ?? "") : `${named.slice(0, -1).join(", ")} and ${named.at(-1) ?? ""}`;
}
