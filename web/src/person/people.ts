import type { ChatUser, Users } from "@chat/client";
import { inject, shallowRef, type InjectionKey } from "vue";

/** Who people are, by person id, as the SDK knows them now. Reading is reactive: a rename shows wherever the name stands. */
export interface People {
  /** Undefined where the row is not known. */
  get(id: number): ChatUser | undefined;
  /** What to show for the person. */
  name(id: number): string;
  close(): void;
}

export const PEOPLE: InjectionKey<People> = Symbol("people");

/** See {@link People}. Asks nothing of the server: pages and streams carry the people they refer to. */
export function createPeople(users: Pick<Users, "$known">): People {
  const known = shallowRef(users.$known.get());
  const close = users.$known.subscribe((next) => {
    known.value = next;
  });
  return {
    get: (id) => known.value.get(id),
    name: (id) => known.value.get(id)?.displayName ?? "unknown person",
    close,
  };
}

/** The people of the page. @throws Error outside an app that provides {@link PEOPLE}. */
export function usePeople(): People {
  const people = inject(PEOPLE);
  if (!people) throw new Error("no people provided");
  return people;
}
