import { describe, expect, it } from "vitest";
import { mergeChoices, rankChoices, type Choice } from "./choice.ts";

const CHOICES: readonly Choice[] = [
  { address: "#general", title: "General", seed: 0 },
  { address: "@mehdi1", title: "Sara Lindqvist", seed: 1 },
  { address: "#release-train", title: "Release train", seed: 2 },
  { address: "@mehdi2", title: "Tomás Aguirre", seed: 3 },
];
const good = (query: string) => rankChoices(CHOICES, query).good.map(({ address }) => address);
const guesses = (query: string) => rankChoices(CHOICES, query).guesses.map(({ address }) => address);

describe("choices", () => {
  it("stand in their order where nothing is typed", () => {
    expect(good("  ")).toEqual(CHOICES.map(({ address }) => address));
  });

  it("are found by title or address, accents forgiven", () => {
    expect(good("lind")).toEqual(["@mehdi1"]);
    expect(good("mehdi2")).toEqual(["@mehdi2"]);
    expect(good("tomas")).toEqual(["@mehdi2"]);
    expect(good("rel tr")).toEqual(["#release-train"]);
  });

  it("are guessed from scattered letters, as guesses", () => {
    expect(good("gnrl")).toEqual([]);
    expect(guesses("gnrl")).toEqual(["#general"]);
    expect(guesses("zzz")).toEqual([]);
  });

  it("are people after @ and rooms after #", () => {
    expect(good("@")).toEqual(["@mehdi1", "@mehdi2"]);
    expect(good("#")).toEqual(["#general", "#release-train"]);
    expect(good("#gen")).toEqual(["#general"]);
    expect([...good("@gen"), ...guesses("@gen")]).toEqual([]);
  });

  it("are merged in order, each address once, as first named", () => {
    const [general, sara] = CHOICES;
    if (!general || !sara) throw new Error("no choices");
    expect(mergeChoices([sara], [{ ...sara, title: "other" }, general], [general])).toEqual([sara, general]);
  });
});
