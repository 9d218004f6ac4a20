import { describe, expect, it } from "vitest";
import { createTokenBuckets } from "./token-buckets.ts";

function setUp(maxHolders = 10) {
  let now = 0;
  const buckets = createTokenBuckets({ rates: { calls: { perSecond: 10, burst: 5 } }, maxHolders, now: () => now });
  return { buckets, pass: (ms: number) => void (now += ms) };
}

describe("token buckets", () => {
  it("admit a burst, then what the rate gives, and say how long to wait", () => {
    const { buckets, pass } = setUp();
    let ada = buckets.of("ada");
    for (let call = 0; call < 5; call++) {
      expect(ada.waitMs("calls")).toBe(0);
      ada.take("calls", 1);
    }
    expect(ada.waitMs("calls")).toBeGreaterThan(0);
    pass(ada.waitMs("calls"));
    ada = buckets.of("ada");
    expect(ada.waitMs("calls")).toBe(0);
    expect(buckets.of("bob").waitMs("calls")).toBe(0);
  });

  it("make one wait for a debt, and save up no more than a burst", () => {
    const { buckets, pass } = setUp();
    let ada = buckets.of("ada");
    ada.take("calls", 25);
    expect(ada.waitMs("calls")).toBe(2_001);
    pass(1_000_000);
    ada = buckets.of("ada");
    ada.take("calls", 5);
    expect(ada.waitMs("calls")).toBe(1);
  });

  it("remember no more holders than they may", () => {
    const { buckets } = setUp(3);
    for (let holder = 0; holder < 100; holder++) buckets.of(String(holder)).take("calls", 1);
    expect(buckets.size).toBe(3);
  });
});
