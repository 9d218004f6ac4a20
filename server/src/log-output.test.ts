import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { createLogOutput } from "./log-output.ts";

const LINE = `${"x".repeat(999)}\n`;

/** A pipe whose reader begins when it is told to. */
function setUp() {
  const directory = mkdtempSync(join(tmpdir(), "chat-log-"));
  const path = join(directory, "pipe");
  execFileSync("mkfifo", [path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const chunk = Buffer.alloc(65_536);
  return {
    directory,
    fd,
    /** What stands in the pipe now. */
    read(): string {
      try {
        return chunk.toString("latin1", 0, readSync(fd, chunk));
      } catch {
        return ""; // nothing
      }
    },
    [Symbol.dispose]() {
      closeSync(fd);
      rmSync(directory, { recursive: true });
    },
  };
}

describe("the log's output", () => {
  it("drops and counts what a reader who stands still has no room for, and says so once it flows again", async () => {
    using pipe = setUp();
    const output = createLogOutput({ fd: pipe.fd, maxBytes: 100_000 });
    const flowing = vi.fn();
    output.onFlowing(flowing);
    for (let line = 0; line < 1_000; line++) output.write(LINE);
    await vi.waitFor(() => expect(output.dropped).toBeGreaterThan(500));
    expect(flowing).not.toHaveBeenCalled();
    let text = "";
    await vi.waitFor(
      () => {
        text += pipe.read();
        expect(flowing).toHaveBeenCalledOnce();
      },
      { timeout: 10_000 },
    );
    text += pipe.read();
    expect(flowing).toHaveBeenCalledWith(output.dropped);
    expect(text.length / LINE.length).toBe(1_000 - output.dropped);
    expect(text.replaceAll(LINE, "")).toBe("");
  });

  it("gives up on the last lines where nobody reads them", () => {
    using pipe = setUp();
    const output = createLogOutput({ fd: pipe.fd });
    for (let line = 0; line < 1_000; line++) output.write(LINE);
    output.flush();
    expect(output.dropped).toBe(0);
    expect(pipe.read().length).toBeGreaterThan(0);
  });

  it("throws nothing where it can't write, and goes on where it could", async () => {
    using pipe = setUp();
    const path = join(pipe.directory, "file");
    writeFileSync(path, "");
    const readOnly = openSync(path, "r");
    const output = createLogOutput({ fd: readOnly });
    output.write("one\n");
    await vi.waitFor(() => output.flush());
    output.write("two\n");
    await new Promise((resolve) => setTimeout(resolve, 50));
    output.flush();
    expect(readFileSync(path, "utf8")).toBe("");
    closeSync(readOnly);
  });
});
