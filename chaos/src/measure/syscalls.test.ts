import { expect, it } from "vitest";
import { syncsIn } from "./syscalls.ts";

it("reads what strace saw, calls that were interrupted by another thread's among them", () => {
  const output = `101 1700000000.000100 fsync(11</data/log.db-wal>) = 0 <0.000250>
102 1700000000.001000 fdatasync(12</data/msgs/1.blk> <unfinished ...>
101 1700000000.001100 fsync(11</data/log.db-wal> <unfinished ...>
102 1700000000.002000 <... fdatasync resumed>) = 0 <0.001000>
101 1700000000.002100 <... fsync resumed>) = 0 <0.001000>
101 1700000000.003000 fsync(13</data/broken>) = -1 EIO (Input/output error) <0.000100>
101 1700000000.004000 +++ exited with 0 +++`;
  expect(syncsIn(output).map(({ path, from, to }) => [path, Math.round((to - from) * 1_000)])).toEqual([
    ["/data/log.db-wal", 250],
    ["/data/msgs/1.blk", 1_000],
    ["/data/log.db-wal", 1_000],
  ]);
});
