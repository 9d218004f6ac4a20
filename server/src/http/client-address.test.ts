import { describe, expect, it } from "vitest";
import type { NodeRequest } from "../wire/node-http.ts";
import { createClientAddresses, isAddressOrSubnet } from "./client-address.ts";

const from = (remoteAddress: string | undefined, forwarded?: string): NodeRequest =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
  }) as unknown as NodeRequest;

describe("the address of a client", () => {
  it("is the connection's own, whatever the client claims", () => {
    const { of } = createClientAddresses([]);
    expect(of(from("192.0.2.1", "198.51.100.9"))).toBe("192.0.2.1");
    expect(of(from("::ffff:192.0.2.1"))).toBe("192.0.2.1");
    expect(of(from(undefined))).toBe("unknown");
  });

  it("is what a trusted proxy says, from the right, past other trusted proxies", () => {
    const { of } = createClientAddresses(["127.0.0.1", "10.0.0.0/8", "::1"]);
    expect(of(from("127.0.0.1", "203.0.113.5"))).toBe("203.0.113.5");
    expect(of(from("::ffff:127.0.0.1", "6.6.6.6, 203.0.113.5, 10.1.2.3"))).toBe("203.0.113.5");
    expect(of(from("::1", "2001:db8::7"))).toBe("2001:db8::7");
    expect(of(from("192.0.2.1", "203.0.113.5"))).toBe("192.0.2.1");
  });

  it("is the proxy's where the header says nothing usable", () => {
    const { of } = createClientAddresses(["127.0.0.1"]);
    for (const header of [undefined, "", "nonsense", "203.0.113.5, evil"])
      expect(of(from("127.0.0.1", header))).toBe("127.0.0.1");
  });

  it("knows addresses and subnets from other text", () => {
    for (const text of ["10.0.0.1", "10.0.0.0/8", "::1", "2001:db8::/32"])
      expect([text, isAddressOrSubnet(text)]).toEqual([text, true]);
    for (const text of ["", "10.0.0", "10.0.0.0/33", "::/129", "host", "1.2.3.4/8/8"])
      expect([text, isAddressOrSubnet(text)]).toEqual([text, false]);
  });
});
