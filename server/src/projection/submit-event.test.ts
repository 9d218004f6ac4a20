import { fromBinary } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { EventSchema } from "@chat/proto/chat/log/v1/event";
import { describe, expect, it, vi } from "vitest";
import { KINDS } from "../domain/kinds.ts";
import { EVENTS_PER_RECORD } from "../log/position.ts";
import { ADA, clientId, posted } from "../testing/events.ts";
import { AB, createWorld } from "../testing/world.ts";
import { createSubmitEvent } from "./submit-event.ts";

describe("an event that is submitted", () => {
  const outcome = { kind: "accepted" } as const;
  /** The client_id of a message that was posted before. */
  const FIRST = 100;
  function post(formatReadByAll: number, isHeldUp = false, asked = { id: 1, text: "hello" }) {
    const submit = vi.fn((_: Uint8Array, _version?: number) => Promise.resolve({ seq: 12_288, outcome }));
    const { projection, record } = createWorld();
    record(posted(ADA, AB, FIRST));
    const formats = { byAll: () => formatReadByAll };
    const tail = { isHeldUp: () => isHeldUp };
    const submitted = createSubmitEvent({ projection, settlement: { submit }, formats, tail, now: () => 5_000 })({
      actor: ADA,
      clientId: clientId(asked.id),
      conversation: AB,
      kind: { case: "messagePosted", value: { text: asked.text } },
    });
    return { submitted, submit };
  }

  it("reaches the log where every live server reads its kind", async () => {
    const { submitted, submit } = post(1);
    expect(await submitted).toEqual({ seq: 12_288, outcome });
    expect(submit).toHaveBeenCalledTimes(1);
    expect(submit.mock.calls[0]?.[1]).toBe(KINDS.messagePosted.since);
    const stored = fromBinary(EventSchema, submit.mock.calls[0]?.[0] ?? new Uint8Array());
    expect(stored).toMatchObject({ actor: BigInt(ADA), conversation: AB, clientId: clientId(1) });
    expect(timestampMs(stored.at ?? timestampFromMs(0))).toBe(5_000);
  });

  it("is the first one where its client_id was used for the same, and refused where it was used for anything else", async () => {
    const repeat = post(1, false, { id: FIRST, text: `text ${FIRST}` });
    expect(await repeat.submitted).toMatchObject({ outcome: { kind: "duplicate" }, seq: 3 * EVENTS_PER_RECORD });
    const other = post(1, false, { id: FIRST, text: "something else" });
    await expect(other.submitted).rejects.toMatchObject({
      code: "already_exists",
      details: { reason: "CLIENT_ID_REUSED", fields: [{ field: "client_id" }] },
    });
    for (const { submit } of [repeat, other]) expect(submit).not.toHaveBeenCalled();
  });

  it("is refused, and nothing stored, while a live server does not", async () => {
    const { submitted, submit } = post(0);
    await expect(submitted).rejects.toMatchObject({
      code: "failed_precondition",
      details: { reason: "SERVERS_TOO_OLD" },
    });
    expect(submit).not.toHaveBeenCalled();
  });

  it("is refused, and nothing stored, while the disk is full", async () => {
    const { submitted, submit } = post(1, true);
    await expect(submitted).rejects.toMatchObject({ code: "resource_exhausted", details: { retryAfterMs: 1_000 } });
    expect(submit).not.toHaveBeenCalled();
  });
});
