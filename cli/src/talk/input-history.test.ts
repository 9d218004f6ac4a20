import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forgetInputHistory, HISTORY_LINES, openInputHistory } from "./input-history.ts";

describe("the input history", () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "chat-history-"));
    file = path.join(folder, "history.json");
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Writes lines, one after the other. */
  async function write(...lines: string[]): Promise<void> {
    const history = await openInputHistory(file);
    for (const line of lines) history.remember([line, ...history.lines.filter((known) => known !== line)]);
    await history.flush();
  }
  const stored = async () => [...(await openInputHistory(file)).lines];

  it("is there in the next run, for this user alone", async () => {
    await write("one", "two", "one");
    expect(await stored()).toEqual(["one", "two"]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("is bounded, in lines and in their length", async () => {
    await write(...Array.from({ length: HISTORY_LINES + 20 }, (_, index) => `line ${index}`), "x".repeat(3_000));
    const lines = await stored();
    expect(lines).toHaveLength(HISTORY_LINES);
    expect(lines[0]).toBe(`line ${HISTORY_LINES + 19}`);
  });

  it("keeps what two programs wrote", async () => {
    const [one, other] = [await openInputHistory(file), await openInputHistory(file)];
    one.remember(["from one"]);
    await one.flush();
    other.remember(["from the other"]);
    await other.flush();
    expect(await stored()).toEqual(["from the other", "from one"]);
  });

  it("begins again where the file is damaged, and ends with the sign-out", async () => {
    await writeFile(file, "{");
    await write("one");
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(["one"]);
    await forgetInputHistory(file);
    await forgetInputHistory(file);
    expect(await stored()).toEqual([]);
  });

  it("lasts as long as the program where nothing can be written", async () => {
    const history = await openInputHistory(path.join(folder, "not there", "history.json"));
    history.remember(["one"]);
    await history.flush();
    expect(history.lines).toEqual(["one"]);
  });
});
