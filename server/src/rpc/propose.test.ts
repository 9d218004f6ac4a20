import { v7 } from "uuid";
import { describe, expect, it, vi } from "vitest";
import { ADA } from "../testing/events.ts";
import { AB, createWorld } from "../testing/world.ts";
import type { ChatDependencies } from "./chat-dependencies.ts";
import { propose } from "./propose.ts";

describe("an event that is proposed", () => {
  function post(formatReadByAll: number) {
    const submit = vi.fn(() => Promise.resolve({ seq: 12_288, outcome: { kind: "accepted", changes: [] } }));
    const { projection } = createWorld();
    const deps = { projection, settlement: { submit }, now: () => 0, formatReadByAll: () => formatReadByAll };
    const kind = { case: "messagePosted", value: { text: "hi" } } as const;
    const proposed = propose(deps as unknown as ChatDependencies, { person: ADA }, AB, kind, {
      clientId: v7(),
      where: "@bob",
    });
    return { proposed, submit };
  }

  it("reaches the log where every live server reads its kind", async () => {
    const { proposed, submit } = post(1);
    expect(await proposed).toEqual({ seq: 12_288, duplicate: false });
    expect(submit).toHaveBeenCalledTimes(1);
  });

  it("is refused, and nothing stored, while a live server does not", async () => {
    const { proposed, submit } = post(0);
    await expect(proposed).rejects.toMatchObject({
      code: "failed_precondition",
      details: { reason: "SERVERS_TOO_OLD" },
    });
    expect(submit).not.toHaveBeenCalled();
  });
});
