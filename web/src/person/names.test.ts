import { flushPromises } from "@vue/test-utils";
import { describe, expect, it, vi } from "vitest";
import { computed } from "vue";
import { createNames } from "./names.ts";

describe("names", () => {
  it("are the handle until the display name is known, and asked for once", async () => {
    const get = vi.fn(() => Promise.resolve({ handle: "ada", displayName: "Ada" }));
    const names = createNames({ get });
    const shown = computed(() => names.of("ada"));
    expect(shown.value).toBe("ada");
    await flushPromises();
    expect(shown.value).toBe("Ada");
    names.of("ada");
    expect(get).toHaveBeenCalledOnce();
  });

  it("stay the handle where there is none, or nobody can say", async () => {
    const names = createNames({
      get: (handle) => (handle === "x" ? Promise.reject(new Error("no")) : Promise.resolve(undefined)),
    });
    expect([names.of("x"), names.of("y")]).toEqual(["x", "y"]);
    await flushPromises();
    expect([names.of("x"), names.of("y")]).toEqual(["x", "y"]);
    names.learn({ handle: "z", displayName: "" });
    expect(names.of("z")).toBe("z");
  });
});

describe("the handle beside a name", () => {
  function setUp() {
    const names = createNames({ get: () => Promise.resolve(undefined) });
    const learn = (handle: string, displayName: string, nameLook: string, handleLook: string): void =>
      names.learn({ handle, displayName, nameLook, handleLook });
    return { names, learn };
  }

  it("is shown for all whose names look alike, as soon as both are known", () => {
    const { names, learn } = setUp();
    learn("mehdi", "Mehdi Ben", "mehdiben", "mehdi");
    const shown = computed(() => names.handleBeside("mehdi"));
    expect(shown.value).toBeUndefined();
    learn("evil", "M\u0435hdi Ben", "mehdiben", "evil");
    learn("ada", "Ada", "ada", "ada-l");
    expect([shown.value, names.handleBeside("evil"), names.handleBeside("ada")]).toEqual([
      "@mehdi",
      "@evil",
      undefined,
    ]);
  });

  it("is shown for a name that looks like another's handle, and goes with the likeness", () => {
    const { names, learn } = setUp();
    learn("bob", "Robert", "robert", "bob");
    learn("evil", "Bob \u2713", "bob", "evil");
    expect([names.handleBeside("bob"), names.handleBeside("evil")]).toEqual(["@bob", "@evil"]);
    learn("evil", "Eve", "eve", "evil");
    expect([names.handleBeside("bob"), names.handleBeside("evil")]).toEqual([undefined, undefined]);
  });

  it("is not shown for a person whose name is the handle, nor for somebody unknown", () => {
    const { names, learn } = setUp();
    learn("bob", "bob", "bob", "bob");
    learn("evil", "Bob", "bob", "evil");
    expect([names.handleBeside("bob"), names.handleBeside("nobody")]).toEqual([undefined, undefined]);
  });
});
