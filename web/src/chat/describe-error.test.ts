import { describe, expect, it } from "vitest";
import { createFakeError } from "../testing/fake-error.ts";
import { describeError } from "./describe-error.ts";
import { useAction } from "./use-action.ts";

describe("errors in words", () => {
  it("are the SDK's own, as sentences, by field", () => {
    const error = createFakeError("invalid_argument", "not valid", [
      { field: "username", description: "is taken" },
      { field: "username", description: "second thoughts" },
    ]);
    expect(describeError(error)).toEqual({
      code: "invalid_argument",
      message: "Not valid.",
      fields: { username: "Is taken." },
    });
  });

  it("keep a pattern to themselves", () => {
    const description = "does not match regex pattern `^[a-z]$`";
    const error = createFakeError("invalid_argument", "not valid", [{ field: "name", description }]);
    expect(describeError(error).fields["name"]).toBe("This has not the form described below.");
  });

  it("show no detail of what is not the SDK's", () => {
    for (const thrown of [new Error("secret"), new TypeError("x is undefined"), "text", undefined]) {
      expect(describeError(thrown).message).toBe("Something went wrong. Please try again.");
    }
  });
});

describe("an action", () => {
  it("runs once at a time and tells how it went", async () => {
    const runs: ((error?: Error) => void)[] = [];
    const action = useAction(
      () => new Promise<void>((resolve, reject) => runs.push((error) => (error ? reject(error) : resolve()))),
    );
    const first = action.run();
    expect(action.busy.value).toBe(true);
    expect(await action.run()).toBe(false);
    expect(runs).toHaveLength(1);
    runs[0]?.(createFakeError("unavailable", "no server"));
    expect(await first).toBe(false);
    expect(action.error.value?.message).toBe("No server.");
    const second = action.run();
    expect(action.error.value).toBeUndefined();
    runs[1]?.();
    expect(await second).toBe(true);
    expect(action.busy.value).toBe(false);
  });
});
