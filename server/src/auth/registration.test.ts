import { describe, expect, it } from "vitest";
import { DEMO_HANDLES } from "./demo-users.ts";
import { checkRegistration } from "./registration.ts";
import { isReservedHandle } from "./reserved-handles.ts";

const ada = { email: "ada@example.org", username: "ada", password: "correct horse 9 battery", displayName: "Ada" };
const fieldsOf = (changes: Partial<typeof ada>): string[] => {
  try {
    checkRegistration({ ...ada, ...changes });
    return [];
  } catch (error) {
    expect(error).toMatchObject({ code: "invalid_argument" });
    return (error as { details: { fields: { field: string }[] } }).details.fields.map(({ field }) => field);
  }
};

describe("a registration", () => {
  it("names the display name where it can't be seen or turns the direction of writing", () => {
    for (const displayName of ["\u200b", "\u202eidhem", "meh\u200bdi", "\u0301", "\u2800"])
      expect(fieldsOf({ displayName }), JSON.stringify(displayName)).toEqual(["display_name"]);
    expect(fieldsOf({ displayName: "Ada \u{1f469}\u{1f3fd}\u200d\u{1f680}" })).toEqual([]);
  });

  it("refuses handles of the system and of everybody, and those that look like them", () => {
    for (const username of ["admin", "system", "root-", "adm1n", "everyone", "here", "null", "bot", "supp0rt"])
      expect(fieldsOf({ username }), username).toEqual(["username"]);
    for (const username of ["ada", "adam", "roots", "botond", "allan", "hereford", "chatty"])
      expect(fieldsOf({ username }), username).toEqual([]);
  });

  it("leaves the demo users their handles", () => {
    expect(DEMO_HANDLES.filter(isReservedHandle)).toEqual([]);
  });
});
