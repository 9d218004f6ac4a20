import { describe, expect, it } from "vitest";
import { CommandError, describeError, EXIT, exitCodeOf } from "./exit-code.ts";
import { clientError } from "./testing/fake-chat.ts";

describe("what went wrong", () => {
  it("names the fields that the sentence does not", () => {
    const fields = [{ field: "username", description: "Too short." }];
    expect(describeError(clientError("invalid_argument", "Not valid.", fields))).toBe(
      "Not valid. (username: Too short.)",
    );
    expect(describeError(clientError("invalid_argument", "Handle: Too short.", fields))).toBe("Handle: Too short.");
  });

  it("tells a certificate that is not trusted from a server that is not there", () => {
    const cause = Object.assign(new Error("self-signed certificate"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
    const error = Object.assign(clientError("unavailable", "The server can't be reached."), {
      cause: new Error("call failed", { cause }),
    });
    expect(describeError(error)).toMatch(
      /^The server can't be reached\. Its certificate is signed by nobody but itself: --ca FILE/u,
    );
    expect(describeError(clientError("unavailable", "The server can't be reached."))).toBe(
      "The server can't be reached.",
    );
  });

  it("is an error like any other where it is not known", () => {
    expect(exitCodeOf(new CommandError(EXIT.conflict, "Taken."))).toBe(6);
    expect(exitCodeOf(new TypeError("x is undefined"))).toBe(1);
    expect(exitCodeOf(Object.assign(new Error("no file"), { code: "ENOENT" }))).toBe(1);
  });
});
