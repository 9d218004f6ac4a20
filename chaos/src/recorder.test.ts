import { describe, expect, it } from "vitest";
import { createRecorder } from "./recorder.ts";

const delivery = (seq: number) => ({ seq, digest: `event ${seq}` });

describe("the recorder", () => {
  it("leaves an attempt unknown until it is answered", () => {
    const recorder = createRecorder({ now: () => 0 });
    const asked = { client: "ada/raw", user: "ada", clientId: "1", conversation: "@ada@bob", text: "hi" };
    const attempt = recorder.attempt(asked);
    expect(recorder.history().operations).toEqual([{ ...asked, result: { kind: "unknown" } }]);
    attempt.settle({ kind: "acknowledged", seq: 4096 });
    expect(recorder.history().operations[0]?.result).toEqual({ kind: "acknowledged", seq: 4096 });
  });

  it("makes one watch more of lives that continue one another, without what came again", () => {
    const recorder = createRecorder({ now: () => 0 });
    const first = recorder.watch("ada/grpc life 0", "ada");
    first.opened(10);
    for (const seq of [11, 12, 13]) first.delivered(delivery(seq));
    const second = recorder.watch("ada/grpc life 1", "ada", { continues: first });
    second.opened(12);
    for (const seq of [13, 14]) second.delivered(delivery(seq));
    second.caughtUp(20);
    const { watches } = recorder.history();
    expect(watches).toHaveLength(3);
    expect(watches[2]).toMatchObject({ user: "ada", from: 10, to: 20 });
    expect(watches[2]?.deliveries.map(({ seq }) => seq)).toEqual([11, 12, 13, 14]);
  });

  it("measures how long a stream was away, but not after its client wanted none", () => {
    let time = 0;
    const recorder = createRecorder({ now: () => time });
    const watch = recorder.watch("ada/raw", "ada");
    watch.lost(); // it was never there
    time = 1_000;
    watch.opened(0);
    watch.lost();
    time = 1_700;
    watch.opened(0);
    expect(recorder.longestOutageMs).toBe(700);
    watch.ended();
    watch.lost();
    time = 9_000;
    watch.opened(0);
    expect(recorder.longestOutageMs).toBe(700);
  });
});
