import { expect, it } from "vitest";
import { createWorkTurns } from "./work-turns.ts";

/** Turns of an event loop that the test turns itself; each piece of work takes `pieceMs`. */
function setUp(pieceMs: number) {
  let now = 0;
  let immediates: (() => void)[] = [];
  const turns = createWorkTurns({ clock: () => now, setImmediate: (run) => void immediates.push(run) });
  const done: string[] = [];
  return {
    turns,
    done,
    ask: (owner: string) =>
      void turns.next(owner).then(() => {
        now += pieceMs;
        done.push(owner);
      }),
    async turn(): Promise<string[]> {
      await Promise.resolve();
      const due = immediates;
      immediates = [];
      const before = done.length;
      for (const run of due) {
        run();
        await Promise.resolve();
        await Promise.resolve();
      }
      return done.slice(before);
    },
  };
}

it("lets long work begin at once while there is time in the turn", async () => {
  const { ask, done } = setUp(0);
  for (let piece = 0; piece < 100; piece++) ask("ada");
  await Promise.resolve();
  await Promise.resolve();
  expect(done).toHaveLength(100);
});

it("does one piece a turn where pieces are long, and goes round the owners", async () => {
  const { turns, ask, turn, done } = setUp(10);
  ask("ada");
  await turn();
  expect(done).toEqual(["ada"]);
  ask("ada");
  await Promise.resolve();
  for (let piece = 0; piece < 3; piece++) ask("ada");
  ask("bob");
  expect([await turn(), await turn(), await turn(), await turn()]).toEqual([["ada"], ["bob"], ["ada"], ["ada"]]);
  expect([await turn(), turns.waiting]).toEqual([[], 0]);
});
