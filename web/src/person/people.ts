import type { ChatUser, Users } from "@chat/client";
import { computed, inject, shallowRef, type InjectionKey } from "vue";

/** Who people are, by person id, as the SDK knows them now. Reading is reactive: a rename shows wherever the name stands. */
export interface People {
  /** Undefined where the row is not known. */
  get(id: number): ChatUser | undefined;
  /** What to show for the person. */
  name(id: number): string;
  /**
   * "@handle", to stand beside the name of a person who could be taken for another one known here: their names look alike, or one's name
   * looks like the other's handle.
   */
  handleBeside(id: number): string | undefined;
  /** Name and {@link handleBeside} in one line of text. */
  fullName(id: number): string;
  close(): void;
}

export const PEOPLE: InjectionKey<People> = Symbol("people");

/** See {@link People}. Asks nothing of the server: pages and streams carry the people they refer to. */
export function createPeople(users: Pick<Users, "$known">): People {
  const known = shallowRef(users.$known.get());
  const close = users.$known.subscribe((next) => {
    known.value = next;
  });
  /** Who has a name or handle of a look. */
  const looks = computed(() => {
    const owners = new Map<string, Set<number>>();
    for (const { id, nameLook, handleLook } of known.value.values()) {
      for (const look of [nameLook, handleLook]) {
        if (look !== undefined) owners.set(look, (owners.get(look) ?? new Set()).add(id));
      }
    }
    return owners;
  });
  const name = (id: number): string => known.value.get(id)?.displayName ?? "unknown person";
  function handleBeside(id: number): string | undefined {
    const person = known.value.get(id);
    // A name that is the handle says all there is.
    if (person === undefined || person.displayName === person.handle) return undefined;
    const isAlike = (look: string | undefined): boolean => look !== undefined && (looks.value.get(look)?.size ?? 0) > 1;
    return isAlike(person.nameLook) || isAlike(person.handleLook) ? `@${person.handle}` : undefined;
  }
  return {
    get: (id) => known.value.get(id),
    name,
    handleBeside,
    fullName: (id) => [name(id), handleBeside(id)].filter((part) => part !== undefined).join(" "),
    close,
  };
}

/** The people of the page. @throws Error outside an app that provides {@link PEOPLE}. */
export function usePeople(): People {
  const people = inject(PEOPLE);
  if (!people) throw new Error("no people provided");
  return people;
}
