import { describe, expect, it } from "vitest";
import { ClientError } from "./client-error.ts";
import { describeError } from "./describe-error.ts";

describe("an error in words", () => {
  it("is a sentence, with what is wrong at each field", () => {
    const error = new ClientError("invalid_argument", "something is wrong", {
      fields: [
        { field: "title", description: "must be shorter" },
        { field: "title", description: "second" },
        { field: "name", description: "does not match regex pattern ^a$" },
      ],
    });
    expect(describeError(error)).toEqual({
      code: "invalid_argument",
      message: "Something is wrong.",
      fields: { title: "Must be shorter.", name: "Doesn't match the format described below." },
    });
  });

  it.each([new Error("stack and all"), "text", undefined])("shows no detail of what is not the SDK's: %j", (thrown) => {
    expect(describeError(thrown).message).toBe("Something went wrong. Please try again.");
  });
});
