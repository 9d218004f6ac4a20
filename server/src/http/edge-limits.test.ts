import { expect, it } from "vitest";
import { LIMIT_DEFAULTS } from "../limits/settings.ts";
import { edgeLimits } from "./edge-limits.ts";

it("lets no address take more than half of few connections, unless the operator says so", () => {
  const perAddress = (connections: number, connectionsPerAddress?: number) =>
    edgeLimits({ connections, connectionsPerAddress, streamsPerAddress: 1, streams: 1 }).connections.perAddress;
  expect([perAddress(755), perAddress(30_000), perAddress(755, 700), perAddress(755, 0)]).toEqual([
    377,
    1_000,
    700,
    Infinity,
  ]);
});

it("has room for the request of every stream that the server has a place for, however many the operator allows", () => {
  const requests = (streams: number) =>
    edgeLimits({ connections: 30_000, connectionsPerAddress: undefined, streamsPerAddress: 1_000, streams }).requests
      .stream.total;
  expect([1, LIMIT_DEFAULTS.streams, 25_001, 1_000_000].map(requests)).toEqual([25_000, 25_000, 31_252, 1_250_000]);
});
