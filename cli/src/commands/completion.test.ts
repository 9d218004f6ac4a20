import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { completionScript, SHELLS } from "./completion.ts";
import { COMMANDS } from "./list.ts";

/** What bash offers for these words, the last of them being completed. */
function bashOffers(...words: string[]): string[] {
  const script = `${completionScript("bash", COMMANDS)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _chat; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", script, "bash", ...words], { encoding: "utf8" })
    .split("\n")
    .filter((word) => word !== "");
}

describe("completion", () => {
  it("offers commands, their options and the values that an option takes", () => {
    expect(bashOffers("chat", "re")).toEqual(["register", "reply", "react", "read", "rename", "retry"]);
    expect(bashOffers("chat", "--profile", "work", "se")).toEqual(["send"]);
    expect(bashOffers("chat", "help", "jo")).toEqual(["join"]);
    expect(bashOffers("chat", "ol")).toEqual([]);
    expect(bashOffers("chat", "send", "--re")).toEqual(["--reply-to"]);
    expect(bashOffers("chat", "read", "--direction", "s")).toEqual(["sent"]);
    expect(bashOffers("chat", "completion", "")).toEqual(expect.arrayContaining([...SHELLS]));
  });

  it("knows every command in every shell", () => {
    for (const shell of SHELLS) {
      for (const { name, run } of COMMANDS) {
        if (run !== undefined) expect(completionScript(shell, COMMANDS)).toContain(name);
      }
    }
  });
});
