import { atom } from "nanostores";
import { describe, expect, it } from "vitest";
import { computed } from "vue";
import type { ChatUser } from "@chat/client";
import { createPeople } from "./people.ts";

const ADA: ChatUser = { id: 7, handle: "ada", displayName: "Ada", removed: false };

describe("people", () => {
  it("are shown by the name they have now, and a rename shows at once", () => {
    const $known = atom<ReadonlyMap<number, ChatUser>>(new Map([[7, ADA]]));
    const people = createPeople({ $known });
    const shown = computed(() => people.name(7));
    expect(shown.value).toBe("Ada");
    $known.set(new Map([[7, { ...ADA, displayName: "Ada L." }]]));
    expect(shown.value).toBe("Ada L.");
    expect(people.get(7)?.handle).toBe("ada");
  });

  it("are nobody where the row is not known, and no longer followed once closed", () => {
    const $known = atom<ReadonlyMap<number, ChatUser>>(new Map());
    const people = createPeople({ $known });
    expect(people.name(8)).toBe("unknown person");
    people.close();
    $known.set(new Map([[7, ADA]]));
    expect(people.get(7)).toBeUndefined();
  });
});
