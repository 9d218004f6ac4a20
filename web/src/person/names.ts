import type { ChatUser, Users } from "@chat/client";
import { inject, shallowReactive, type InjectionKey } from "vue";

/** Display names by handle, fetched when first asked for. */
export interface Names {
  /** The display name, or the handle as long as no better is known. Reactive. */
  of(handle: string): string;
  /**
   * "@handle", to stand beside the name of somebody who could be taken for another person known here: their names look alike, or one's name looks like the
   * other's handle. Reactive.
   */
  handleBeside(handle: string): string | undefined;
  /** Takes in what was learnt elsewhere. */
  learn(user: ChatUser): void;
}

export const NAMES: InjectionKey<Names> = Symbol("names");

/** See {@link Names}. One look-up a handle; a failed one is tried again on the next page load. */
export function createNames(users: Pick<Users, "get">): Names {
  const known = shallowReactive(new Map<string, string>());
  const asked = new Set<string>();
  /** Looks of each person's name and handle, and who has them. */
  const looks = shallowReactive(new Map<string, { readonly name: string; readonly handle: string }>());
  const alike = shallowReactive(new Map<string, ReadonlySet<string>>());
  function learn({ handle, displayName, nameLook, handleLook }: ChatUser): void {
    asked.add(handle);
    const name = displayName === "" ? handle : displayName;
    if (known.get(handle) !== name) known.set(handle, name);
    if (nameLook === undefined || handleLook === undefined) return;
    const before = looks.get(handle);
    if (before?.name === nameLook && before.handle === handleLook) return;
    for (const look of before ? [before.name, before.handle] : []) {
      alike.set(look, new Set([...(alike.get(look) ?? [])].filter((other) => other !== handle)));
    }
    looks.set(handle, { name: nameLook, handle: handleLook });
    for (const look of [nameLook, handleLook]) alike.set(look, new Set([...(alike.get(look) ?? []), handle]));
  }
  function ask(handle: string): void {
    asked.add(handle);
    users.get(handle).then(
      (user) => user && learn(user),
      () => {
        // The handle stands in; a name is no reason to trouble anybody.
      },
    );
  }
  return {
    of(handle) {
      if (!asked.has(handle)) ask(handle);
      return known.get(handle) ?? handle;
    },
    handleBeside(handle) {
      const own = looks.get(handle);
      if (own === undefined || known.get(handle) === handle) return undefined;
      return [own.name, own.handle].some((look) => (alike.get(look)?.size ?? 0) > 1) ? `@${handle}` : undefined;
    },
    learn,
  };
}

/** The names of the page. @throws Error outside an app that provides {@link NAMES}. */
export function useNames(): Names {
  const names = inject(NAMES);
  if (!names) throw new Error("no names provided");
  return names;
}
