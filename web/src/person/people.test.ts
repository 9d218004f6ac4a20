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

describe("the handle beside a name", () => {
  function setUp(...people: ChatUser[]) {
    const $known = atom<ReadonlyMap<number, ChatUser>>(new Map(people.map((person) => [person.id, person])));
    const learn = (person: ChatUser): void => $known.set(new Map($known.get()).set(person.id, person));
    return { people: createPeople({ $known }), learn };
  }
  const person = (id: number, handle: string, displayName: string, nameLook: string, handleLook: string): ChatUser => ({
    id,
    handle,
    displayName,
    removed: false,
    nameLook,
    handleLook,
  });

  it("is shown for all whose names look alike, as soon as both are known", () => {
    const { people, learn } = setUp(person(1, "mehdi", "Mehdi Ben", "mehdiben", "mehdi"));
    const shown = computed(() => people.handleBeside(1));
    expect(shown.value).toBeUndefined();
    learn(person(2, "evil", "M\u0435hdi Ben", "mehdiben", "evil"));
    learn(person(3, "ada", "Ada", "ada", "ada-l"));
    expect([shown.value, people.handleBeside(2), people.handleBeside(3)]).toEqual(["@mehdi", "@evil", undefined]);
    expect(people.fullName(1)).toBe("Mehdi Ben @mehdi");
    expect(people.fullName(3)).toBe("Ada");
  });

  it("is shown for a name that looks like another's handle, and goes with the likeness", () => {
    const evil = person(2, "evil", "Bob \u2713", "bob", "evil");
    const { people, learn } = setUp(person(1, "bob", "Robert", "robert", "bob"), evil);
    expect([people.handleBeside(1), people.handleBeside(2)]).toEqual(["@bob", "@evil"]);
    learn({ ...evil, displayName: "Eve", nameLook: "eve" });
    expect([people.handleBeside(1), people.handleBeside(2)]).toEqual([undefined, undefined]);
  });

  it("is not shown for a person whose name is the handle, nor for somebody unknown", () => {
    const { people } = setUp(person(1, "bob", "bob", "bob", "bob"), person(2, "evil", "Bob", "bob", "evil"));
    expect([people.handleBeside(1), people.handleBeside(9)]).toEqual([undefined, undefined]);
  });
});
