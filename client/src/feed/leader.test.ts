import { create, fromBinary } from "@bufbuild/protobuf";
import { ChatService, type SubscribeResponse, SubscribeResponseSchema } from "@chat/proto/chat/v1/chat_service";
import { createRouterTransport } from "@connectrpc/connect";
import { atom } from "nanostores";
import { describe, expect, it, vi } from "vitest";
import { createEnvironment } from "../environment.ts";
import type { Session } from "../session/session.ts";
import { settled } from "../testing/fake-time.ts";
import { createLeader } from "./leader.ts";
import type { TabMessage } from "./tab-messages.ts";

const response = (init: Parameters<typeof create<typeof SubscribeResponseSchema>>[1]) =>
  create(SubscribeResponseSchema, init);
const READY = response({ cursor: "c0", payload: { case: "ready", value: { heartbeatMs: 30_000 } } });
/** Two frames of one event: only the last carries the cursor. */
const event = (seq: bigint) => [
  response({ payload: { case: "conversation", value: { id: "1-2", version: seq } } }),
  response({ cursor: `c${seq}`, payload: { case: "message", value: { seq, version: seq } } }),
];

describe("the tab that leads", () => {
  it("relays whole events, and lets a follower that came in the middle of one catch up", async () => {
    const posted: TabMessage[] = [];
    let cursor = "";
    const transport = createRouterTransport(({ service }) => {
      service(ChatService, {
        async *subscribe(_request, { signal }) {
          yield READY;
          const [beginning, end] = event(1n);
          yield beginning as SubscribeResponse;
          await settled();
          leader.take({ kind: "ask" });
          posted.splice(0);
          yield end as SubscribeResponse;
          yield* event(2n);
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
        },
      });
    });
    const session = {
      $state: atom({ state: "signed-in" }),
      tokens: { current: () => Promise.resolve("token") },
    } as unknown as Session;
    const leader = createLeader({
      stream: { transport, session, environment: createEnvironment() },
      leader: { term: 1, id: "a" },
      follows: false,
      target: {
        cursor: () => cursor,
        fresh: (at) => void (cursor = at),
        frame(frame) {
          if (frame.cursor !== "") cursor = frame.cursor;
        },
      },
      post: (message) => posted.push(message),
      connection: () => {},
    });
    await vi.waitFor(() => expect(cursor).toBe("c2"));
    leader.stop();
    const told = posted.filter((message) => message.kind !== "state" || message.connection.state !== "stopped");
    expect(told).toMatchObject([
      { kind: "state", n: 1, cursor: "c1" },
      { kind: "frames", n: 2, cursor: "c2" },
    ]);
    const relayed = told[1]?.kind === "frames" ? told[1].frames : [];
    expect(relayed.map((bytes) => fromBinary(SubscribeResponseSchema, bytes).payload.case)).toEqual([
      "conversation",
      "message",
    ]);
  });
});
