import { expect, it } from "vitest";
import { addressKey } from "./address-key.ts";
import { connectionsFor, descriptorLimit, watchDescriptors } from "./descriptors.ts";
import { edgeLimits } from "./edge-limits.ts";

it("leaves descriptors for files, however many there are", () => {
  expect([256, 1_024, 4_096, 20_000, 1_000_000, Infinity].map(connectionsFor)).toEqual([
    140, 755, 3_212, 15_936, 30_000, 30_000,
  ]);
  expect(descriptorLimit()).toBeGreaterThan(0);
});

it("lets no address take more than half of few connections, unless the operator says so", () => {
  const perAddress = (connections: number, connectionsPerAddress?: number) =>
    edgeLimits({ connections, connectionsPerAddress, streamsPerAddress: 1 }).connections.perAddress;
  expect([perAddress(755), perAddress(30_000), perAddress(755, 700), perAddress(755, 0)]).toEqual([
    377,
    1_000,
    700,
    Infinity,
  ]);
});

it("says when descriptors run short", async () => {
  const enough = watchDescriptors(1_000_000);
  const short = watchDescriptors(40);
  await Promise.all([enough.look(), short.look()]);
  expect([enough.shortage(), short.shortage()]).toEqual([undefined, expect.stringContaining("run short")]);
  enough.close();
  short.close();
});

it("counts IPv6 by the network of a subscriber", () => {
  expect(addressKey("192.0.2.7")).toBe("192.0.2.7");
  expect(addressKey("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
  expect(addressKey("2001:0DB8:1:2::9")).toBe("2001:db8:1:2::/64");
  expect(addressKey("2001:db8::1")).toBe("2001:db8:0:0::/64");
  expect(addressKey("::1")).toBe("0:0:0:0::/64");
  expect(addressKey("fe80::1%eth0")).toBe("fe80:0:0:0::/64");
  expect(addressKey("64:ff9b::192.0.2.33")).toBe("64:ff9b:0:0::/64");
});
