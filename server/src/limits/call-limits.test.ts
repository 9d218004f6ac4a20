import { EventEmitter } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { ChatError } from "../errors.ts";
import type { NodeResponse } from "../wire/node-http.ts";
import { CALL_COSTS, type CallCost } from "./call-cost.ts";
import { createCallLimits } from "./call-limits.ts";
import { LIMIT_DEFAULTS, limitsOf, type LimitSettings } from "./settings.ts";

const MB = 1024 * 1024;

function setUp(settings: Partial<LimitSettings> = {}) {
  let now = 0;
  const limits = limitsOf({ ...LIMIT_DEFAULTS, ...settings });
  const callLimits = createCallLimits({ limits, clock: () => now, now: () => now });
  return {
    callLimits,
    limits,
    pass: (ms: number) => void (now += ms),
    /** One call from end to end; gives why it was refused. */
    call(
      cost: CallCost,
      { account, address = "203.0.113.7", bytesIn = 100, bytesOut = 100 }: Partial<Call> = {},
      response = closed(),
    ): ChatError | undefined {
      try {
        const admission = callLimits.arrive(address, cost);
        admission.admit(account);
        admission.received(bytesIn);
        admission.begin(bytesIn);
        admission.answered(bytesOut, response);
        return undefined;
      } catch (error) {
        return error as ChatError;
      }
    },
  };
}

interface Call {
  account: string;
  address: string;
  bytesIn: number;
  bytesOut: number;
}

/** A response that its reader has read; one that nobody reads is closed by the test. */
const closed = (): NodeResponse => ({ once: (_event: "close", listener: () => void) => listener() }) as never;
const unread = (): EventEmitter & NodeResponse => new EventEmitter() as EventEmitter & NodeResponse;

/** How many calls go through until one is refused. */
function admitted(one: () => ChatError | undefined, most: number): number {
  for (let count = 0; count < most; count++) if (one()) return count;
  return most;
}

describe("the limits of calls", () => {
  it("let an account make a burst of calls, then as many as its rate, and leave others alone", () => {
    const { call, pass, limits } = setUp();
    const send = () => call(CALL_COSTS.write, { account: "ada" });
    expect(admitted(send, 10_000)).toBe(limits.accountRates.calls.burst);
    const refusal = send();
    expect([refusal?.code, refusal?.details.retryAfterMs]).toEqual(["resource_exhausted", expect.any(Number)]);
    expect(call(CALL_COSTS.write, { account: "bob" })).toBeUndefined();
    pass(1_000);
    expect(admitted(send, 10_000)).toBe(limits.accountRates.calls.perSecond);
  });

  it("let a bot send fifty messages a second for an hour", () => {
    const { call, pass } = setUp();
    for (let message = 0; message < 50 * 3_600; message++) {
      expect(call(CALL_COSTS.write, { account: "bot", bytesIn: 300 })).toBeUndefined();
      pass(20);
    }
  });

  it("hold an account to the bytes it sends and reads", () => {
    const { call } = setUp();
    expect(admitted(() => call(CALL_COSTS.write, { account: "ada", bytesIn: 40_000 }), 1_000)).toBeLessThan(120);
    const page = { account: "bob", bytesOut: 256 * 1024 };
    expect(admitted(() => call(CALL_COSTS.page, page), 1_000)).toBeLessThan(130);
    // What was read does not keep anybody from sending.
    expect(call(CALL_COSTS.write, { account: "bob" })).toBeUndefined();
  });

  it("hold an address to its sign-ins, whatever accounts they are of, and an IPv6 network as one", () => {
    const { call, limits } = setUp();
    let host = 0;
    const signIn = () => call(CALL_COSTS.signIn, { address: `2001:db8::${(++host).toString(16)}` });
    expect(admitted(signIn, 10_000)).toBe(limits.addressRates.signIns.burst);
    expect(call(CALL_COSTS.signIn, { address: "2001:db8:0:1::1" })).toBeUndefined();
  });

  it("refuse searches long before calls that cost nothing", () => {
    const { call } = setUp();
    expect(admitted(() => call(CALL_COSTS.search, { account: "ada" }), 1_000)).toBe(20);
  });

  it("begin no answer while too much of the account's is unread, and hold no more than that for it", () => {
    const { call, callLimits } = setUp();
    // That the pages are work as well is not looked at here.
    const LONG_ANSWER = CALL_COSTS.light;
    const responses = Array.from({ length: 256 }, unread);
    const page = { account: "ada", bytesOut: 256 * 1024 };
    const refusals = responses.map((response) => call(LONG_ANSWER, page, response)).filter(Boolean);
    expect(refusals.length).toBeGreaterThan(200);
    expect(callLimits.unreadBytes).toBeLessThanOrEqual(8 * MB);
    expect(call(LONG_ANSWER, { ...page, account: "bob" })).toBeUndefined();
    for (const response of responses) response.emit("close");
    expect(call(LONG_ANSWER, page)).toBeUndefined();
  });

  it("make the work of a stream wait when its account has had too much done, and nobody else's", async () => {
    let now = 0;
    const limits = limitsOf(LIMIT_DEFAULTS);
    const callLimits = createCallLimits({ limits, clock: () => now, now: () => now });
    const piece = (): void => void (now += 10);
    const done: string[] = [];
    const work = async (account: string, pieces: number): Promise<void> => {
      for (let count = 0; count < pieces; count++) {
        await callLimits.doWork(account, piece);
        done.push(account);
      }
    };
    void work("ada", 1_000);
    await work("bob", 5);
    await delay(50);
    const ofAda = done.filter((account) => account === "ada").length;
    expect(ofAda).toBeGreaterThanOrEqual(limits.accountRates.work.burst / 10);
    expect(ofAda).toBeLessThan(20);
  });

  it("count rooms and stored bytes by the day, and give back what did not happen", () => {
    const { callLimits, call, pass } = setUp({ roomsPerDay: 2, rooms: 3, storedMegabytesPerDay: 1 });
    const makeRoom = () => call(CALL_COSTS.room, { account: "ada" });
    const failed = callLimits.arrive("203.0.113.7", CALL_COSTS.room);
    failed.admit("ada");
    failed.begin(10);
    failed.failed();
    expect(admitted(makeRoom, 10)).toBe(2);
    expect(makeRoom()?.details.retryAfterMs).toBe(86_400_000);
    pass(86_400_000);
    expect(admitted(makeRoom, 10)).toBe(1);
    const send = () => call(CALL_COSTS.write, { account: "bob", bytesIn: 100_000 });
    expect(admitted(send, 100)).toBe(10);
  });

  it("are lifted by a factor of 0", () => {
    const { call } = setUp({ factor: 0 });
    expect(admitted(() => call(CALL_COSTS.room, { account: "ada", bytesIn: 1_000_000 }), 5_000)).toBe(5_000);
  });
});
