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
