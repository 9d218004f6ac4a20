import type { ChatUser, Users } from "@chat/client";
import { inject, shallowReactive, type InjectionKey } from "vue";

/** Display names by handle, fetched when first asked for. */
export interface Names {
  /** The display name, or the handle as long as no better is known. Reactive. */
  of(handle: string): string;
  /** Takes in what was learnt elsewhere. */
  learn(user: ChatUser): void;
}

export const NAMES: InjectionKey<Names> = Symbol("names");

/** See {@link Names}. One look-up a handle; a failed one is tried again on the next page load. */
export function createNames(users: Pick<Users, "get">): Names {
  const known = shallowReactive(new Map<string, string>());
  const asked = new Set<string>();
  function learn({ handle, displayName }: ChatUser): void {
    asked.add(handle);
    known.set(handle, displayName === "" ? handle : displayName);
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
    learn,
  };
}

/** The names of the page. @throws Error outside an app that provides {@link NAMES}. */
export function useNames(): Names {
  const names = inject(NAMES);
  if (!names) throw new Error("no names provided");
  return names;
}
