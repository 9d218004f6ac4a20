import { describe, expect, it } from "vitest";
import { createRecorder } from "./recorder.ts";

const row = (version: number) => ({ key: "message/1", version, digest: `version ${version}` });

describe("the recorder", () => {
  it("leaves an attempt unknown until it is answered", () => {
    const recorder = createRecorder({ now: () => 0 });
    const asked = {
      client: "ada/raw",
      user: "ada",
      clientId: "1",
      asked: { kind: "messagePosted", to: "@bob", text: "hi" },
    };
    const attempt = recorder.attempt(asked);
    expect(recorder.history().operations).toEqual([{ ...asked, result: { kind: "unknown" } }]);
    attempt.settle({ kind: "acknowledged", seq: 4096 });
    expect(recorder.history().operations[0]?.result).toEqual({ kind: "acknowledged", seq: 4096 });
  });

  it("takes the rows of an event down when its last one has come, under its position", () => {
    const recorder = createRecorder({ now: () => 0 });
    const watch = recorder.watch("ada/raw", "ada");
    watch.opened(10);
    watch.delivered(row(12), true, undefined);
    expect(recorder.history().watches[0]?.sittings).toMatchObject([{ from: 10, to: 10, deliveries: [] }]);
    watch.delivered(row(13), true, 12);
    watch.delivered(row(14), true, undefined);
    watch.lost();
    watch.opened(12);
    watch.caughtUp(20);
    expect(watch.to).toBe(20);
    expect(recorder.history().watches[0]?.sittings).toMatchObject([
      {
        from: 10,
        caughtUpAt: -1,
        to: 12,
        deliveries: [
          { version: 12, seq: 12, isLive: true },
          { version: 13, seq: 12 },
        ],
      },
      { from: 12, caughtUpAt: 20, to: 20, deliveries: [] },
    ]);
  });

  it("knows where the life before had come to, and each row of an answer once", () => {
    const recorder = createRecorder({ now: () => 0 });
    const first = recorder.watch("ada/grpc life 0", "ada", { hasListeners: true });
    first.opened(10);
    first.delivered(row(11), true, 11);
    first.told(row(11));
    recorder.watch("ada/grpc life 1", "ada", { continues: first });
    for (const version of [1, 2, 1]) recorder.row(row(version));
    const { watches, rows } = recorder.history();
    expect(watches[0]?.told).toEqual([row(11)]);
    expect(watches[1]).toMatchObject({ told: undefined, continues: { client: "ada/grpc life 0", to: 11 } });
    expect(rows).toEqual([row(1), row(2)]);
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
